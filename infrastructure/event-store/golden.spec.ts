// A golden file for each stored version of each event: what was once written must decode for ever (invariant I6).
// A new kind or version gets its file by running this spec once with FILAMENT_TEST_WRITE_GOLDEN=1; a file that stands is
// never written again.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { EVENT_KINDS } from '../../application/event-store/event-catalogue.ts';
import { type Position } from '../../application/event-store/event-log.ts';
import { createDataKeys, type DataKeys } from '../vault/data-keys.ts';
import { createEventDecoder } from './event-decoder.ts';
import { draftEvent, storeEvent } from './event-encoder.ts';
import { sample } from './testing/samples.ts';
import { UPCASTERS } from './upcasters.ts';

const FOLDER = join(__dirname, 'golden');
const EVENT_ID = '0198c0de-0000-7000-8000-000000000001';
const Golden = t.strict({
  type: t.string,
  version: t.Int,
  eventId: t.string,
  payload: t.string, // As stored, boxes sealed with the keys below
  data: t.UnknownRecord, // As the domain sees it today
});

const saltOf = (scope: string): Buffer => createHash('sha256').update(`golden ${scope}`).digest();
const dataKeys: DataKeys = createDataKeys({
  masterKey: Buffer.alloc(32, 'golden'),
  salts: {
    find: (scopes) => Promise.resolve(new Map(scopes.map((scope) => [scope, saltOf(scope)]))),
    remove: () => Promise.resolve(),
  },
});
const decode = createEventDecoder({ kinds: EVENT_KINDS, upcasters: UPCASTERS, dataKeys });

const fileOf = (type: string, version: number): string =>
  join(FOLDER, `${type}.v${version}.golden.json`);

const writeMissing = async (): Promise<void> => {
  for (const { type, version } of EVENT_KINDS.values()) {
    if (existsSync(fileOf(type, version))) continue;
    const event = sample(type);
    const draft = draftEvent(event);
    const keys = await dataKeys.keysOf(new Set(draft.sealed.map(({ scope }) => scope)));
    const context = { actor: 'system', correlationId: EVENT_ID };
    const { payload } = storeEvent(draft, EVENT_ID, context, keys);
    const golden = { type, version, eventId: EVENT_ID, payload, data: event.data };
    writeFileSync(fileOf(type, version), `${JSON.stringify(golden, null, 2)}\n`);
  }
};

const versions = [...EVENT_KINDS.values()].flatMap(({ type, version }) =>
  Array.from({ length: version }, (_, index) => ({ type, version: index + 1 })),
);

describe('golden files', () => {
  beforeAll(async () => {
    if (process.env['FILAMENT_TEST_WRITE_GOLDEN'] === '1') await writeMissing();
  });

  it('stand for every version of every event, and for nothing else', () => {
    expect(readdirSync(FOLDER).sort()).toEqual(
      versions.map(({ type, version }) => `${type}.v${version}.golden.json`).sort(),
    );
  });

  it.each(versions)('$type version $version still decodes', async ({ type, version }) => {
    const golden = Golden.decode(JSON.parse(readFileSync(fileOf(type, version), 'utf8')));
    if (isLeft(golden)) throw new Error('The golden file is damaged.');
    const { data, ...stored } = golden.right;
    expect(stored).toMatchObject({ type, version });
    const [event] = await decode([
      {
        ...stored,
        scope: null,
        actor: 'system',
        correlationId: EVENT_ID,
        causationId: null,
        position: '00000000000000000001' as Position,
        stream: 'golden-1',
        revision: 0,
        recordedAt: 0,
      },
    ]);
    expect(event).toMatchObject({ type });
    expect(event).toHaveProperty('data', data);
  });
});
