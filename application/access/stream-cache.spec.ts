import * as fc from 'fast-check';
import { guildDecider } from '../../domain/guild/decider.ts';
import { GUILD_EVENTS, type GuildEvent } from '../../domain/guild/events.ts';
import { guildNo, noon, userNo } from '../../domain/shared/testing/samples.ts';
import { type Position } from '../event-store/event-log.ts';
import { type Recorded } from '../event-store/event-store.ts';
import { foldAll, evolveWith } from './folded-streams.ts';
import { createStreamCache } from './stream-cache.ts';

const STREAM = `guild-${guildNo(1)}`;
const FOLDING = { decider: guildDecider, kinds: GUILD_EVENTS };
const act = { guildId: guildNo(1), by: userNo(1), at: noon };

const eventNo = (revision: number): GuildEvent =>
  revision === 0
    ? {
        type: 'GuildCreated',
        data: {
          guildId: guildNo(1),
          creatorId: userNo(1),
          at: noon,
          name: '0',
          visibility: 'private',
        },
      }
    : { type: 'GuildUpdated', data: { ...act, name: String(revision) } };

const recordedNo = (revision: number): Recorded => ({
  ...eventNo(revision),
  meta: {
    position: String(revision).padStart(20, '0') as Position,
    stream: STREAM,
    revision,
    eventId: '',
    version: 1,
    recordedAt: noon,
    actor: 'system',
    correlationId: '',
    causationId: null,
  },
});

/** A log whose reads see it as it was when they began, and end when they are told to. */
const slowLog = () => {
  const events: Recorded[] = [];
  const reads: (() => void)[] = [];
  let loads = 0;
  return {
    append: () => void events.push(recordedNo(events.length)),
    length: () => events.length,
    load: () => {
      loads += 1;
      const seen = [...events];
      return new Promise<readonly Recorded[]>((resolve) => reads.push(() => resolve(seen)));
    },
    finishRead: () => reads.shift()?.(),
    reading: () => reads.length > 0,
    loads: () => loads,
    folded: () => foldAll(null, evolveWith(FOLDING), events),
  };
};

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

const cacheOver = (log: ReturnType<typeof slowLog>, keepsEmpty = true, max = 10) =>
  createStreamCache({ store: log, folding: FOLDING, max, keepsEmpty });

const undecodable = { type: 'Undecodable' as const, storedType: 'X', reason: 'x' };

describe('a cache of folded streams', () => {
  it('ends equal to the log, however reads, appends and deliveries interleave', async () => {
    const step = fc.constantFrom('append', 'deliver', 'deliverTwice', 'get', 'finish', 'forget');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const log = slowLog();
        const cache = cacheOver(log);
        let delivered = 0;
        const deliver = () => {
          if (delivered >= log.length()) return;
          cache.apply(STREAM, delivered, eventNo(delivered));
          delivered += 1;
        };
        for (const each of steps) {
          if (each === 'append') log.append();
          else if (each === 'deliver') deliver();
          else if (each === 'deliverTwice' && delivered > 0)
            cache.apply(STREAM, delivered - 1, eventNo(delivered - 1));
          else if (each === 'get') void cache.get(STREAM);
          else if (each === 'finish') log.finishRead();
          else if (each === 'forget') cache.forget(STREAM);
          await settle();
        }
        while (delivered < log.length()) deliver();
        const got = cache.get(STREAM);
        do {
          log.finishRead();
          await settle();
        } while (log.reading());
        expect(await got).toEqual(log.folded());
        expect(cache.peek(STREAM) ?? log.folded()).toEqual(log.folded());
      }),
      { numRuns: 300 },
    );
  });

  const filled = async (events: number) => {
    const log = slowLog();
    for (let n = 0; n < events; n += 1) log.append();
    const cache = cacheOver(log);
    const got = cache.get(STREAM);
    log.finishRead();
    await got;
    return { log, cache };
  };

  it('reads a stream once for all who ask at the same time', async () => {
    const log = slowLog();
    log.append();
    const cache = cacheOver(log);
    const asked = [cache.get(STREAM), cache.get(STREAM), cache.get(STREAM)];
    log.finishRead();
    expect(new Set(await Promise.all(asked)).size).toBe(1);
    await cache.get(STREAM);
    expect(log.loads()).toBe(1);
  });
  it('advances by what it is told and ignores what it has seen', async () => {
    const { cache } = await filled(1);
    cache.apply(STREAM, 1, eventNo(1));
    cache.apply(STREAM, 0, eventNo(0));
    cache.apply(STREAM, 1, eventNo(1));
    expect(cache.peek(STREAM)).toMatchObject({ revision: 1, state: { name: '1' } });
  });
  it('does not answer with what was being read when it was told to forget', async () => {
    const log = slowLog();
    log.append();
    const cache = cacheOver(log);
    const got = cache.get(STREAM);
    log.append(); // By another process: nothing is delivered yet.
    cache.forget(STREAM);
    log.finishRead();
    await settle();
    log.finishRead();
    expect((await got).revision).toBe(1);
  });
  it('lets go of a stream with a gap or with an event it cannot read', async () => {
    const { cache } = await filled(1);
    cache.apply(STREAM, 2, eventNo(2));
    expect(cache.peek(STREAM)).toBeUndefined();
    const { cache: other } = await filled(1);
    other.apply(STREAM, 1, { ...undecodable, meta: recordedNo(1).meta });
    expect(other.peek(STREAM)).toBeUndefined();
  });
  it('does not keep what nobody made, where told so', async () => {
    const log = slowLog();
    const cache = cacheOver(log, false);
    const got = cache.get(STREAM);
    log.finishRead();
    expect(await got).toEqual({ state: null, revision: -1 });
    expect(cache.peek(STREAM)).toBeUndefined();
  });
  it('holds no more than its bound', async () => {
    const log = slowLog();
    const cache = cacheOver(log, true, 2);
    for (const stream of ['guild-a', 'guild-b', 'guild-c']) {
      const got = cache.get(stream);
      log.finishRead();
      await got;
    }
    expect(['guild-a', 'guild-b', 'guild-c'].filter((stream) => cache.peek(stream))).toEqual([
      'guild-b',
      'guild-c',
    ]);
  });
  it('is usable after a read that failed', async () => {
    const log = slowLog();
    let fails = true;
    const cache = createStreamCache({
      store: { load: () => (fails ? Promise.reject(new Error('away')) : log.load()) },
      folding: FOLDING,
      max: 10,
      keepsEmpty: true,
    });
    await expect(cache.get(STREAM)).rejects.toThrow('away');
    fails = false;
    const got = cache.get(STREAM);
    log.finishRead();
    expect((await got).revision).toBe(-1);
  });
});
