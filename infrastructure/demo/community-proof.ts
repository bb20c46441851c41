// What must hold of the private channel afterwards: who may see it does, nobody else does, the audit tells who did what,
// and the log tells who could see it when.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { AuditPage } from '../../application/contract/moderation-answers.ts';
import { UserId } from '../../domain/shared/ids.ts';
import { SECRET_WORD, type Community, type Site } from './community.ts';
import { wholeHistory } from './verify.ts';

const AsOf = t.type({
  people: t.array(t.type({ user_id: UserId, sees_channel: t.boolean })),
});

const channelOf = ({ guildId }: Site, { channelId }: Community): string =>
  `/guilds/${guildId}/channels/${channelId}`;

const sightProblems = async (site: Site, community: Community): Promise<readonly string[]> => {
  const { client, guildId, baseUrl } = site;
  const problems: string[] = [];
  const [kicked, banned, member] = community.regulars;
  if (!kicked || !banned || !member) return ['too few regulars'];
  const reader = { client, token: member.token, guildId };
  const history = await wholeHistory(reader, community.channelId);
  const ids = history.map(({ message_id: id }) => id).join();
  if (ids !== community.posted.map(({ message_id: id }) => id).join())
    problems.push('the private channel does not hold what was acknowledged, once and in order');
  const path = channelOf(site, community);
  for (const { token, nick } of [community.outsider, kicked, banned]) {
    const { status } = await client.request('GET', `${path}/messages`, { token });
    if (status !== 403) problems.push(`${nick} reads the private channel: ${status}`);
  }
  const hits = async (token: string) =>
    (await client.search(token, guildId, SECRET_WORD, 50)).message_ids.length;
  if ((await hits(member.token)) !== 50) problems.push('a regular does not find what was said');
  if ((await hits(community.outsider.token)) !== 0)
    problems.push('an outsider finds what was said');
  for (const { attachmentId, bytes } of community.files) {
    const read = (token: string) =>
      fetch(`${baseUrl}${path}/attachments/${attachmentId}`, {
        headers: { authorization: `Bearer ${token}` },
      });
    const file = await read(member.token);
    if (!Buffer.from(await file.arrayBuffer()).equals(bytes))
      problems.push(`file ${attachmentId} is not what was sent`);
    const { status } = await read(community.outsider.token);
    if (status !== 403) problems.push(`an outsider reads file ${attachmentId}: ${status}`);
  }
  return problems;
};

const auditProblems = async (
  { client, guildId, ownerToken }: Site,
  { acts }: Community,
): Promise<readonly string[]> => {
  const told: string[] = [];
  const owner = (await client.me(ownerToken)).user_id;
  for (let cursor: string | null = ''; cursor !== null;) {
    const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { body } = await client.request('GET', `/guilds/${guildId}/audit?limit=100${query}`, {
      token: ownerToken,
    });
    const page = AuditPage.decode(body);
    if (isLeft(page)) return ['the audit list is not as expected'];
    for (const { action, target_user_id: target, actor_user_id: actor } of page.right.events)
      if (actor === owner) told.push(`${action} ${target ?? ''}`);
    cursor = page.right.next_cursor;
  }
  const left = [...told];
  return acts.flatMap(({ action, target }) => {
    const place = left.indexOf(`${action} ${target ?? ''}`);
    if (place === -1) return [`the audit does not tell of ${action} ${target ?? ''}`];
    left.splice(place, 1);
    return [];
  });
};

const asOfProblems = async (
  environment: Readonly<Record<string, string>>,
  { guildId }: Site,
  { channelId, gone, outsider }: Community,
): Promise<readonly string[]> => {
  const seersAt = async (position: string): Promise<ReadonlySet<UserId>> => {
    const where = ['--guild', guildId, '--channel', channelId, '--json'];
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['dist/server/filament.js', 'audit', 'replay', '--as-of', position, ...where],
      { env: { PATH: process.env['PATH'] ?? '', ...environment }, maxBuffer: 64 * 1024 * 1024 },
    );
    const answer = AsOf.decode(JSON.parse(stdout));
    if (isLeft(answer)) throw new Error('The answer as of a position is not as expected.');
    const { people } = answer.right;
    return new Set(people.filter((one) => one.sees_channel).map(({ user_id: id }) => id));
  };
  const problems: string[] = [];
  for (const { person, moment } of gone) {
    const [before, after] = [await seersAt(moment.before), await seersAt(moment.after)];
    if (!before.has(person.userId)) problems.push(`${person.nick} could not see it before`);
    if (after.has(person.userId)) problems.push(`${person.nick} could still see it after`);
    if (before.has(outsider.userId)) problems.push('an outsider could see it');
  }
  return problems;
};

/** All that is wrong; empty when all is well. */
export const communityProblems = async (
  environment: Readonly<Record<string, string>>,
  site: Site,
  community: Community,
): Promise<readonly string[]> => [
  ...(await sightProblems(site, community)),
  ...(await auditProblems(site, community)),
  ...(await asOfProblems(environment, site, community)),
];
