// Versions, with a made-up kind: the real catalogue has no second version yet.
import * as t from 'io-ts';
import {
  type Position,
  type RecordedStoredEvent,
} from '../../application/event-store/event-log.ts';
import { eventKind } from '../../domain/shared/event-kind.ts';
import { Sealed } from '../../domain/shared/sealed.ts';
import { sealBox } from './box.ts';
import { createEventDecoder } from './event-decoder.ts';
import { type Upcast } from './upcasters.ts';

const key = Buffer.alloc(32, 9);
const Sung = eventKind(
  'SongSung',
  3,
  t.strict({ songId: t.string, verses: t.Int, words: Sealed, loud: t.boolean }),
  { words: ({ songId }) => `song:${songId}` },
);
const kinds = new Map([['SongSung', Sung]]);
const countVerses: Upcast = ({ verse, ...rest }) => ({ ...rest, verses: verse });
const addLoud: Upcast = (data) => ({ ...data, loud: false });
const upcasters = new Map([
  [
    'SongSung',
    new Map([
      [1, countVerses],
      [2, addLoud],
    ]),
  ],
]);

const eventId = '0198c0de-0000-7000-8000-000000000001';
const words = (version: number) =>
  sealBox('la la', key, { eventId, type: 'SongSung', version, path: 'words' });
const stored = (version: number, data: unknown): RecordedStoredEvent => ({
  eventId,
  type: 'SongSung',
  version,
  scope: null,
  actor: 'system',
  correlationId: eventId,
  causationId: null,
  payload: JSON.stringify(data),
  position: '00000000000000000001' as Position,
  stream: 'song-1',
  revision: 0,
  recordedAt: 0,
});
const keysOf = () => Promise.resolve(new Map([['song:1', key]]));
const decode = createEventDecoder({ kinds, upcasters, dataKeys: { keysOf } });
const decodeOne = async (event: RecordedStoredEvent) => (await decode([event]))[0];

describe('decoding old versions', () => {
  it.each([
    [1, { songId: '1', verse: 2, words: words(1) }, false],
    [2, { songId: '1', verses: 2, words: words(2) }, false],
    [3, { songId: '1', verses: 2, words: words(3), loud: true }, true],
  ])(
    'lifts version %i to what the domain knows, and opens its seals',
    async (version, data, loud) => {
      const event = await decodeOne(stored(version, data));
      expect(event).toMatchObject({
        type: 'SongSung',
        data: { songId: '1', verses: 2, words: 'la la', loud },
        meta: { version },
      });
    },
  );

  it('drops fields that a version has no more', async () => {
    const data = { songId: '1', verses: 2, words: null, loud: true, tempo: 120 };
    expect(await decodeOne(stored(3, data))).toHaveProperty('data', {
      songId: '1',
      verses: 2,
      words: null,
      loud: true,
    });
  });

  it('does not take a version for another', async () => {
    const event = await decodeOne(
      stored(3, { songId: '1', verses: 2, words: words(2), loud: true }),
    );
    expect(event).toMatchObject({ type: 'Undecodable', reason: 'Tampered with: words' });
  });

  it.each([
    [0, { songId: '1' }, 'Version 0 has no upcaster.'],
    [4, { songId: '1' }, 'Version 4 is not known yet.'],
    [3, ['1'], 'The payload is not a JSON object.'],
    [3, null, 'The payload is not a JSON object.'],
    [3, { songId: 1, verses: 'x', words: null, loud: true }, 'Refused fields: .songId, .verses'],
  ])('gives a reason for version %i with %j', async (version, data, reason) => {
    expect(await decodeOne(stored(version, data))).toMatchObject({ type: 'Undecodable', reason });
  });
});
