import { setTimeout as delay } from 'node:timers/promises';
import { channelNo, guildNo, messageNo, userNo } from '../../domain/shared/testing/samples.ts';
import { freshDatabase, type TestDatabase } from '../testing/database.ts';
import { startTcpProxy } from '../testing/tcp-proxy.ts';
import { PEOPLE_PER_NOTICE_MAX } from './peer-notices.ts';
import { type SealedRepeat } from './sealed-repeat.ts';
import { PEERS_CHANNEL, startPeers, type Peers } from './peers.ts';

const GUILD = guildNo(1);
const SELF = userNo(99_999);
const LIMIT = 10_000;
const LOOKS_MAX = 5_000;
const QUICK = { tickMs: 20 };

let database: TestDatabase;
let opened: Peers[];
beforeEach(async () => {
  database = await freshDatabase();
  opened = [];
});
afterEach(async () => {
  for (const peers of opened) await peers.close();
  await database.drop();
});

const start = (options: Partial<Parameters<typeof startPeers>[0]> = {}) => {
  const repeats: SealedRepeat[] = [];
  const onRepeat = (repeat: SealedRepeat) => void repeats.push(repeat);
  const peers = startPeers({ url: database.url, onRepeat, ...options });
  const told: string[] = [];
  peers.toldBy(({ guildId, userId }) =>
    told.push(`${userId} ${peers.presence.isOnline(guildId, userId)}`),
  );
  opened.push(peers);
  return {
    ...peers,
    told,
    repeats,
    online: () => peers.presence.online(GUILD, SELF, LIMIT).toSorted(),
  };
};
const until = async (what: string, isSo: () => boolean | Promise<boolean>) => {
  for (let looks = 0; !(await isSo()); looks += 1) {
    if (looks > LOOKS_MAX) throw new Error(`It never came to be so: ${what}`);
    await delay(5);
  }
};
const meet = async (...all: readonly Peers[]) =>
  until('they know each other', () => all.every(({ count }) => count() === all.length - 1));

const notify = (payload: string) =>
  database.pool.query('SELECT pg_notify($1, $2)', [PEERS_CHANNEL, payload]);
const CONNECTIONS = `FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'filament peers'`;
const cutConnections = () => database.pool.query(`SELECT pg_terminate_backend(pid) ${CONNECTIONS}`);
const pids = async () =>
  (await database.pool.query<{ pid: number }>(`SELECT pid ${CONNECTIONS}`)).rows
    .map(({ pid }) => pid)
    .toSorted();

it('shares who comes and goes, and tells newcomers of all', async () => {
  const [a, b] = [start(), start()];
  a.presence.enter(GUILD, userNo(1));
  await until('b hears of 1', () => b.online().length === 1);
  b.presence.enter(GUILD, userNo(2));
  await until('a hears of 2', () => a.online().length === 2);
  const c = start();
  await until('c hears of both', () => c.online().length === 2);
  a.presence.leave(GUILD, userNo(1));
  await until('1 is gone', () => b.told.length === 2 && c.online().length === 1);
  expect(b.told).toEqual([`${userNo(1)} true`, `${userNo(1)} false`]);
  expect(a.told).toEqual([`${userNo(2)} true`]);
  expect([a.count(), b.count(), c.count()]).toEqual([2, 2, 2]);
});

it('has a person online until the last process has lost them', async () => {
  const [a, b, c] = [start(), start(), start()];
  await meet(a, b, c);
  a.presence.enter(GUILD, userNo(1));
  expect(b.presence.enter(GUILD, userNo(1))).toBe('came_online');
  await until('c hears', () => c.online().length === 1);
  b.presence.enter(GUILD, userNo(2));
  await until('a and c hear of 2', () => a.online().length === 2 && c.online().length === 2);
  expect(a.presence.leave(GUILD, userNo(1))).toBe('unchanged');
  a.presence.enter(GUILD, userNo(3));
  await until('c hears of 3', () => c.online().length === 3);
  expect(c.online()).toEqual([userNo(1), userNo(2), userNo(3)]);
  expect(b.presence.leave(GUILD, userNo(1))).toBe('went_offline');
  await until('1 is gone', () => a.online().length === 2 && c.online().length === 2);
  expect(c.told).toContain(`${userNo(1)} false`);
});

it('tells more than fits one notice in several', async () => {
  const count = PEOPLE_PER_NOTICE_MAX * 3 + 1;
  const a = start();
  for (let n = 1; n <= count; n += 1) a.presence.enter(GUILD, userNo(n));
  const b = start();
  await until('b hears of all', () => b.online().length === count);
  for (let n = 2; n <= count; n += 1) a.presence.leave(GUILD, userNo(n));
  await until('b hears who went', () => b.online().length === 1);
});

it('says nothing while alone but that it is there', async () => {
  const heard: string[] = [];
  const listener = await database.pool.connect();
  listener.on('notification', ({ payload }) => void heard.push(payload ?? ''));
  await listener.query(`LISTEN ${PEERS_CHANNEL}`);
  const a = start(QUICK);
  for (let n = 1; n <= 50; n += 1) a.presence.enter(GUILD, userNo(n));
  await until('some beats', () => heard.filter((text) => text.includes('"beat"')).length >= 3);
  const kinds = heard.map((text) => (JSON.parse(text) as { kind: string }).kind);
  expect(new Set(kinds)).toEqual(new Set(['hello', 'beat']));
  listener.release(true);
});

it('keeps for a while the people of a process that says goodbye, then forgets them', async () => {
  const [a, b] = [start(QUICK), start(QUICK)];
  await meet(a, b);
  for (const n of [1, 2]) a.presence.enter(GUILD, userNo(n));
  await until('b hears', () => b.online().length === 2);
  const closed = a.close();
  // One of them comes back elsewhere meanwhile: nobody hears that they were gone.
  b.presence.enter(GUILD, userNo(1));
  for (const n of [1, 2]) a.presence.leave(GUILD, userNo(n));
  await closed;
  await until('a is forgotten', () => b.count() === 0);
  expect(b.online()).toEqual([userNo(1)]);
  expect(b.told.slice(2)).toEqual([`${userNo(2)} false`]);
});

it('forgets a process that falls silent, with all whom it had', async () => {
  const b = start(QUICK);
  await until('b listens', async () => (await pids()).length === 1);
  await notify(
    JSON.stringify({
      ...{ from: 'killed later', kind: 'presence', offline: [], all: 'whole' },
      online: [[GUILD, userNo(1)]],
    }),
  );
  await until('b hears', () => b.told.length === 1);
  await until('b forgets', () => b.count() === 0);
  expect(b.told).toEqual([`${userNo(1)} true`, `${userNo(1)} false`]);
});

it('hears of everybody again after its connection was lost, and of those who went meanwhile', async () => {
  const [a, b] = [start(), start()];
  a.presence.enter(GUILD, userNo(1));
  a.presence.enter(GUILD, userNo(2));
  await until('b hears', () => b.online().length === 2);
  const before = await pids();
  await cutConnections();
  a.presence.leave(GUILD, userNo(1));
  a.presence.enter(GUILD, userNo(3));
  await until('b hears what it missed', () => b.online().join() === `${userNo(2)},${userNo(3)}`);
  expect((await pids()).some((pid) => before.includes(pid))).toBe(false);
  expect(b.told.filter((told) => told.startsWith(userNo(2)))).toEqual([`${userNo(2)} true`]);
});

it('forgets nobody while it can not listen itself, and is forgotten meanwhile', async () => {
  const proxy = await startTcpProxy(database.url);
  const url = new URL(database.url);
  url.port = new URL(proxy.url).port;
  const [a, b] = [start(QUICK), start({ ...QUICK, url: url.href })];
  await meet(a, b);
  a.presence.enter(GUILD, userNo(1));
  b.presence.enter(GUILD, userNo(2));
  await until('both hear', () => a.online().length === 2 && b.online().length === 2);
  proxy.be('cut');
  await until('a forgets b', () => a.count() === 0);
  a.presence.enter(GUILD, userNo(3));
  expect(a.online()).toEqual([userNo(1), userNo(3)]);
  expect(b.online()).toEqual([userNo(1), userNo(2)]);
  proxy.be('whole');
  await until('both know all', () => a.online().length === 3 && b.online().length === 3);
  expect(b.told).toEqual([`${userNo(1)} true`, `${userNo(3)} true`]);
  expect(a.told).toEqual([true, false, true].map((is) => `${userNo(2)} ${is}`));
  await b.close();
  await proxy.close();
});

it('finds again a process that it took for gone', async () => {
  const [a, b] = [start(), start(QUICK)]; // To b, a beats too seldom.
  a.presence.enter(GUILD, userNo(1));
  await until('b hears', () => b.online().length === 1);
  await until('b forgets', () => b.online().length === 0);
  await until('b finds it again', () => b.online().length === 1);
  expect(b.told.slice(0, 3)).toEqual([true, false, true].map((is) => `${userNo(1)} ${is}`));
});

it('hears as many processes as it may, and no more', async () => {
  const a = start({ peersMax: 1 });
  const b = start();
  await meet(a, b);
  const c = start();
  await until('b knows both', () => b.count() === 2);
  c.presence.enter(GUILD, userNo(1));
  await until('b hears of 1', () => b.online().length === 1);
  b.presence.enter(GUILD, userNo(2));
  await until('a hears of 2', () => a.online().length === 1);
  expect(a.online()).toEqual([userNo(2)]);
  expect(a.count()).toBe(1);
});

it('carries a repeated reaction to all others, and nowhere when there are none', async () => {
  const sealed: SealedRepeat = {
    ...{ guildId: GUILD, channelId: channelNo(1), messageId: messageNo(1), userId: userNo(1) },
    ...{ operation: 'add', emoji: 'sealed' },
  };
  const a = start();
  await a.sayRepeat(sealed);
  const [b, c] = [start(), start()];
  await meet(a, b, c);
  await a.sayRepeat({ ...sealed, operation: 'remove' });
  await until('b and c hear', () => [b, c].every(({ repeats }) => repeats.length === 1));
  expect([a, b, c].map(({ repeats }) => repeats.map(({ operation }) => operation))).toEqual([
    [],
    ['remove'],
    ['remove'],
  ]);
});

it('takes no notice of what no process of this version says', async () => {
  const [a, b] = [start(), start()];
  await meet(a, b);
  const strange = ['', 'null', '{}', '{"from":"x","kind":"presence","online":[["a","b"]]}', '💥'];
  for (const payload of strange) await notify(payload);
  a.presence.enter(GUILD, userNo(1));
  await until('b hears', () => b.online().length === 1);
  expect([a.count(), b.count()]).toEqual([1, 1]);
});
