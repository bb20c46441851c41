// A raid of a stolen account on a real server, and the command that takes it back beside that server.
import * as t from 'io-ts';
import { OPERATOR_ID } from '../../domain/shared/operator.ts';
import { clientOf, listenIn, type Person, signUp } from '../testing/people.ts';
import { type ServerProcess } from '../testing/server-process.ts';
import {
  beginFilament,
  createTestSite,
  GENEROUS,
  runFilament,
  until,
} from '../testing/test-site.ts';
import { allOf, type Community, gather, raid, snapshot } from './testing/raid.ts';

jest.setTimeout(600_000);

const ACTS = Number(process.env['FILAMENT_TEST_RAID_ACTS'] ?? 10_000);
const site = createTestSite('undo');
afterAll(site.cleanUp);

const Outcome = t.type({
  acts: t.number,
  written: t.number,
  compensations: t.record(t.string, t.number),
  refusals: t.array(t.type({ kind: t.string, id: t.string, why: t.string })),
  seconds: t.number,
});

let server: ServerProcess;
let data: { readonly FILAMENT_DATA_DIR: string };
let community: Community;

beforeAll(async () => {
  const folder = site.newDataDirectory();
  data = { FILAMENT_DATA_DIR: folder };
  server = await site.start(folder, GENEROUS);
  community = await gather(clientOf(site, server), Math.round(ACTS * 0.6));
});

const next = (position: string) => String(BigInt(position) + 1n).padStart(20, '0');
const here = () => community.api.written()!;
type Range = { readonly from: string; readonly to: string };

const argsOf = ({ from, to }: Range, ...rest: readonly string[]) => [
  ...['guild', 'undo', '--guild', community.place.guildId, '--from', from, '--to', to],
  ...['--actor', community.mod.userId, ...rest],
];
const undo = async (range: Range, ...rest: readonly string[]) => {
  const { code, output } = await runFilament(argsOf(range, '--json', ...rest), data);
  const outcome = Outcome.decode(JSON.parse(output));
  if (outcome._tag === 'Left') throw new Error(output);
  return { code, ...outcome.right };
};

/** Writes as an innocent until told to stop; resolves to what was written. */
const writeOn = ({ token }: Person) => {
  const written: unknown[] = [];
  const stopping = new AbortController();
  const { api, place } = community;
  const work = (async () => {
    while (!stopping.signal.aborted)
      written.push(await api.post(token, place.guildId, place.channelId, 'still here'));
  })();
  return {
    stop: async () => {
      stopping.abort();
      await work;
      return written;
    },
  };
};

describe('filament guild undo', () => {
  it('takes back a raid while innocent people keep writing', async () => {
    const { api, place, owner, must } = community;
    const listener = await listenIn(site, api, owner, place);
    const before = await snapshot(community);
    const from = next(here());
    const writing = writeOn(owner);
    await raid(community, ACTS);
    const to = here();
    await must(owner, 'POST /channels', { name: 'news' });
    const late = await signUp(api, 'late');
    await api.joinGuild(late.token, place.guildId);
    const planned = await undo({ from, to }, '--dry-run');
    const outcome = await undo({ from, to }, '--reason', 'the account was stolen');
    const written = await writing.stop();
    // The figure of this machine; whatever else it does meanwhile is in it.
    console.info(
      `${outcome.acts} acts undone in ${outcome.seconds} s by ${outcome.written} events`,
    );
    expect(outcome).toMatchObject({ code: 0, refusals: [] });
    expect(outcome.acts).toBeGreaterThan(ACTS - 40);
    expect(planned.compensations).toEqual(outcome.compensations);
    await until('the server follows', async () => {
      const { status } = await api.request('GET', `/guilds/${place.guildId}/roles`, {
        token: owner.token,
      });
      return status === 200 && listener.heard().some(({ t }) => t === 'channel_delete');
    });
    const after = await snapshot(community);
    const innocent = new Map(
      written.map((message) => [(message as { message_id: string }).message_id, message]),
    );
    expect(after.messages).toEqual(new Map([...before.messages, ...innocent]));
    expect(after.channels.slice(0, before.channels.length)).toEqual(before.channels);
    expect(after.channels.slice(before.channels.length)).toMatchObject([{ name: 'news' }]);
    expect(after.roles).toEqual(before.roles);
    expect(after.bans).toEqual(before.bans);
    expect(after.guilds).toEqual(before.guilds);
    const isOld = (member: unknown) => (member as { user_id: string }).user_id !== late.userId;
    expect((after.members as unknown[]).filter(isOld)).toEqual(before.members);
    expect((after.members as unknown[]).length).toBe((before.members as unknown[]).length + 1);
    for (const [who, may] of before.may) expect([who, after.may.get(who)]).toEqual([who, may]);
    const heard = new Set(listener.heard().map(({ t }) => t));
    for (const name of [
      ...['message_create', 'message_update', 'message_delete', 'message_reaction'],
      ...['channel_delete', 'workspace_role_create', 'workspace_member_add', 'workspace_update'],
      ...['workspace_member_timeout_update', 'workspace_member_unban', 'workspace_member_ban'],
    ] as const)
      expect([name, heard.has(name)]).toEqual([name, true]);
    const again = await undo({ from, to });
    expect(again).toMatchObject({ code: 0, written: 0, refusals: [], acts: outcome.acts });
    const text = await runFilament(argsOf({ from, to }), data);
    expect(text.output).toMatch(/^Nothing to undo: of [\d,]+ acts there nothing is left/);
  });

  it('leaves read models and index as a rebuild would make them', async () => {
    const { api, place, owner } = community;
    const indexed = (q: string, count: number) =>
      until(`${q} is indexed`, async () => {
        const { messages } = await api.search(owner.token, place.guildId, q, 10);
        return messages.length === count;
      });
    await indexed('"word 0"', 1); // Deleted and restored
    await indexed('pwned', 0); // Posted, or written over another's
    const args = ['projections', 'verify', '--full-speed', '--json'];
    const verified = await runFilament(args, data);
    expect([verified.code, verified.output]).toEqual([0, verified.output]);
    const { output } = await runFilament(['search', 'reconcile', '--json'], data);
    expect(JSON.parse(output)).toMatchObject({ guilds: [{ upserted: 0, deleted: 0 }] });
  });

  it('is on record: who did it, about whom, and why', async () => {
    const { owner, mod, must } = community;
    const Entries = t.type({
      events: t.array(
        t.type({ action: t.string, actor_user_id: t.string, target_user_id: t.unknown }),
      ),
    });
    const page = Entries.decode(await must(owner, 'GET /audit?action_prefix=guild.undo'));
    if (page._tag === 'Left') throw new Error('no page');
    const by = { actor_user_id: OPERATOR_ID, target_user_id: mod.userId };
    expect(page.right.events).toMatchObject([
      { action: 'guild.undo.finish', ...by },
      { action: 'guild.undo.start', ...by },
    ]);
    const shown = await runFilament(
      ['audit', 'replay', '--type', 'GuildUndoStarted', '--reveal', '--json'],
      data,
    );
    expect(shown.output).toContain('"reason":"the account was stolen"');
    expect(shown.output).toContain('"actor":"operator"');
  });

  it('killed in the middle, is finished by the next one', async () => {
    const { api, place, owner, mod, messages, must } = community;
    const before = await snapshot(community);
    const from = next(here());
    const there = messages.slice(0, Math.round(ACTS * 0.15));
    await allOf(there, (id) => must(mod, `DELETE /channels/${place.channelId}/messages/${id}`));
    const range = { from, to: here() };
    const listener = await listenIn(site, api, owner, place);
    const run = beginFilament(argsOf(range), data);
    const restored = () => listener.heard().filter(({ t }) => t === 'message_create').length;
    await until('it is at work', () => restored() > 0);
    await run.kill();
    const rest = await undo(range);
    expect(rest.code).toBe(0);
    expect(rest.compensations['MessageRestored'] ?? 0).toBeLessThan(there.length);
    await until('the server follows', () => restored() === there.length);
    expect((await snapshot(community)).messages).toEqual(before.messages);
  });

  it('names what was wrong with the call', async () => {
    const range = { from: '1', to: '2' };
    const { place } = community;
    const far = await runFilament(argsOf({ from: '1', to: '99999999' }), data);
    expect([far.code, far.output]).toEqual([1, expect.stringMatching(/^The log ends at \d{20}/)]);
    const backwards = await runFilament(argsOf({ from: '2', to: '1' }), data);
    expect([backwards.code, backwards.output]).toEqual([
      2,
      expect.stringContaining('--from is after --to'),
    ]);
    const noRange = await runFilament(['guild', 'undo', '--guild', place.guildId], data);
    expect([noRange.code, noRange.output]).toEqual([2, expect.stringContaining('--from')]);
    const nowhere = await runFilament(
      [...['guild', 'undo', '--guild', '01J00000000000000000000000'], '--from', '1', '--to', '2'],
      data,
    );
    expect([nowhere.code, nowhere.output]).toEqual([
      1,
      expect.stringMatching(/^There is no guild/),
    ]);
    const nothing = await runFilament(argsOf(range), data);
    expect([nothing.code, nothing.output]).toEqual([0, expect.stringMatching(/^Nothing to undo/)]);
    const reason = await runFilament(argsOf(range, '--reason', ' '), data);
    expect(reason.code).toBe(2);
  });
});
