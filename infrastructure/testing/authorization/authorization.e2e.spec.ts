// Every operation asked by every actor, over HTTP and the gateway of a real server: who may, may; nobody else.
import { connectWs } from '../../gateway/testing/ws-client.ts';
import { gatewayUrl } from '../people.ts';
import { createTestSite } from '../test-site.ts';
import { ACTORS, isStranger, SEEING, type Actor } from './actors.ts';
import { MATRIX, type Row } from './matrix.ts';
import { setTheStage, type Stage } from './stage.ts';
import { createTargets, type Names } from './targets.ts';

jest.setTimeout(300_000);

const site = createTestSite('authorization');
afterAll(site.cleanUp);

let stage: Stage;
let targets: ReturnType<typeof createTargets>;
beforeAll(async () => {
  stage = await setTheStage(site);
  targets = createTargets(stage);
  await targets.makeAll();
});

const REFUSED: ReadonlySet<number> = new Set([401, 403, 404]);
const [METHOD, PATH] = [0, 1];

const filled = (value: unknown, names: Names): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll(/\$(\w+)/g, (_, name: string) => names[name] ?? ''));

const askedBy = ({ operation, body, bytes, query, path }: Row, others: Names = {}) => {
  const names = { ...targets.names, ...others };
  const parts = operation.split(' ');
  const own = filled(path ?? {}, names) as Names;
  const url = (parts[PATH] ?? '').replaceAll(
    /\{(\w+)\}/g,
    (_, name: string) => own[name] ?? names[name] ?? `no ${name}`,
  );
  return {
    method: parts[METHOD] ?? '',
    path: query === undefined ? url : `${url}?${query}`,
    ...(body !== undefined && { body: filled(body, names) }),
    ...(bytes !== undefined && { bytes }),
  };
};

const mayBe = ({ who, guarded }: Row, actor: Actor): boolean =>
  who === 'anyone' ||
  (who.some((each) => each === actor) &&
    !(guarded === true && actor === 'owner at a barred address'));

const faultOf = (row: Row, actor: Actor, status: number): string | null => {
  const may = mayBe(row, actor);
  const right = may
    ? !REFUSED.has(status) && status < 500
    : isStranger(actor)
      ? status === 401
      : status === 403 || status === 404;
  return right
    ? null
    : `${row.operation} by ${actor}: ${status}, though ${may ? 'allowed' : 'refused'}`;
};

// The document names parameters as the wire does.
const upperCased = (_: string, letter: string) => letter.toUpperCase();

it('has a row for every operation that is served, and for no other', async () => {
  const { body } = await stage.ask('anonymous', { method: 'GET', path: '/docs/openapi.json' });
  const { paths } = body as { paths: Record<string, Record<string, unknown>> };
  const served = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => ['get', 'post', 'put', 'patch', 'delete'].includes(method))
      .map((method) => `${method.toUpperCase()} ${path.replaceAll(/_(\w)/g, upperCased)}`),
  );
  const listed = [...new Set(MATRIX.map(({ operation }) => operation))];
  expect(listed.sort()).toEqual(served.filter((each) => each !== 'GET /gateway/ws').sort());
});

it.each(MATRIX.map((row, at) => [`${row.operation} (${at})`, row] as const))(
  'lets in to %s whom the matrix names, and nobody else',
  async (_, row) => {
    const faults: string[] = [];
    await targets.make('victim');
    if (row.target !== undefined) await targets.make(row.target);
    for (const actor of ACTORS) {
      const { status } = await stage.ask(actor, askedBy(row));
      const fault = faultOf(row, actor, status);
      if (fault !== null) faults.push(fault);
      if (REFUSED.has(status) || row.target === undefined) continue;
      if (!isStranger(actor)) await targets.restore(row.target, actor);
      await targets.make(row.target);
    }
    expect(faults).toEqual([]);
  },
);

/** The base contract answers so also for a message that is not there (2.8). */
const UNKNOWN_IS_FINE: ReadonlySet<string> = new Set([
  'DELETE /guilds/{guildId}/channels/{channelId}/messages/{messageId}/reactions/{emoji}',
]);

it('finds nothing of another guild by the address of one’s own', async () => {
  const faults: string[] = [];
  for (const row of MATRIX) {
    for (const [name, id] of Object.entries(stage.elsewhere)) {
      if (!row.operation.includes(`{${name}}`)) continue;
      if (name === 'messageId' && UNKNOWN_IS_FINE.has(row.operation)) continue;
      if (name === 'guildId' && row.operation.endsWith('/join')) continue;
      const { status } = await stage.ask('owner', askedBy(row, { [name]: id }));
      if (status !== 403 && status !== 404)
        faults.push(`${row.operation} with another's ${name}: ${status}`);
    }
  }
  expect(faults).toEqual([]);
});

it('lets nobody change or answer a message that was deleted', async () => {
  await targets.make('message');
  const rows = MATRIX.filter(
    ({ operation }) => operation.includes('{messageId}') && !UNKNOWN_IS_FINE.has(operation),
  );
  const path = `/guilds/${stage.guildId}/channels/${stage.channelId}/messages/${targets.names['messageId']}`;
  await stage.done('owner', { method: 'DELETE', path });
  for (const row of rows) expect((await stage.ask('owner', askedBy(row))).status).toBe(404);
});

it('lets in to the gateway’s operations whom a channel’s routes let in', async () => {
  const url = await gatewayUrl(stage.api);
  const where = { guild_id: stage.guildId, channel_id: stage.channelId };
  const faults: string[] = [];
  for (const actor of ACTORS) {
    const token = stage.tokenOf(actor);
    const client = await connectWs(token === null ? url : `${url}?access_token=${token}`, {
      headers: { 'x-forwarded-for': stage.addressOf(actor) },
    });
    const closed = client.closed.then(() => 'closed');
    let outcome = 'refused';
    if (!isStranger(actor)) {
      await client.frame('ready');
      client.send('subscribe', where);
      // Commands of one socket are taken in turn: after the answer to this one, the one before is decided.
      client.send('message_create', {
        ...where,
        content: 'hello',
        nonce: actor.replaceAll(' ', '.'),
      });
      const answered = client.until(() =>
        client.frames.some(({ t }) => t === 'command_done' || t === 'command_failed'),
      );
      const ended = await Promise.race([closed, answered.then(() => 'answered')]);
      const heard = (name: string) => client.frames.some(({ t }) => t === name);
      if (ended === 'answered' && heard('subscribed') && heard('command_done')) outcome = 'let in';
      else if (heard('subscribed') || heard('command_done')) outcome = 'half let in';
      client.socket.terminate();
    } else if ((await closed) === 'closed' && client.frames.length > 0) outcome = 'greeted';
    const may = SEEING.some((each) => each === actor) && actor !== 'owner at a barred address';
    if (outcome !== (may ? 'let in' : 'refused')) faults.push(`${actor}: ${outcome}`);
  }
  expect(faults).toEqual([]);
});

describe('rank', () => {
  const MEASURES = ['kick', 'ban', 'timeout'] as const;
  const by = ['moderator', 'holds ban_member'] as const;

  it.each(MEASURES)('protects equals and those above from a %s', async (measure) => {
    const body =
      measure === 'timeout' ? { until_unix: Math.floor(Date.now() / 1000) + 60 } : undefined;
    const statusOf = async (actor: Actor, target: Parameters<Stage['personOf']>[0]) =>
      (
        await stage.ask(actor, {
          method: 'POST',
          path: `/guilds/${stage.guildId}/members/${stage.personOf(target).userId}/${measure}`,
          ...(body !== undefined && { body }),
        })
      ).status;
    for (const actor of by) {
      expect([actor, await statusOf(actor, actor)]).toEqual([actor, 403]);
      expect([actor, await statusOf(actor, 'owner')]).toEqual([actor, 403]);
    }
    expect(await statusOf('holds ban_member', 'moderator')).toBe(403);
    expect(await statusOf('owner', 'owner')).toBe(403);
  });
});
