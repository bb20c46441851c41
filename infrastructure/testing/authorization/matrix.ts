// Who may do what: a row for every operation of the interface. A route without a row fails the build (the spec compares
// this list with the served OpenAPI document), and each row is asked by every actor.
import { holding, INSIDE, OWNERS, SEEING, SIGNED_IN, type SignedIn } from './actors.ts';

/** What a row's path or body names, made anew once an allowed request may have used it up. */
export type Target =
  | 'message' // By the owner, in the channel
  | 'own message' // By the member
  | 'attachment' // By the owner
  | 'role' // Below all holders
  | 'victim' // A plain member
  | 'holder of a role' // The victim, with that role
  | 'banned victim'
  | 'timed-out victim'
  | 'ip ban'
  | 'session' // Its refresh token
  | 'own membership' // The actor's; given back afterwards
  | 'outsider'; // Let in by an allowed request, and put out again

export type Row = {
  readonly operation: string; // As in the OpenAPI document
  /** Everyone else is refused: strangers with 401, others with 403 or 404. */
  readonly who: 'anyone' | readonly SignedIn[];
  readonly guarded?: true; // Closed to addresses that the guild bars, whoever comes from there
  readonly target?: Target;
  /** JSON of the body; `$name` stands for an id of the scene. */
  readonly body?: unknown;
  readonly bytes?: string; // A body that is no JSON
  readonly query?: string;
  readonly path?: Readonly<Record<string, string>>; // Parameters other than the scene's ids
};

const anyone = (operation: string, rest: Omit<Row, 'operation' | 'who'> = {}): Row => ({
  operation,
  who: 'anyone',
  ...rest,
});
const row = (
  operation: string,
  who: readonly SignedIn[],
  rest: Omit<Row, 'operation' | 'who'> = {},
): Row => ({ operation, who, ...rest });
const guarded = (...rows: readonly Row[]): readonly Row[] =>
  rows.map((each) => ({ ...each, guarded: true }));

const GUILD = '/guilds/{guildId}';
const CHANNEL = `${GUILD}/channels/{channelId}`;
const MESSAGES = `${CHANNEL}/messages`;
const MESSAGE = `${MESSAGES}/{messageId}`;
const REACTION = `${MESSAGE}/reactions/{emoji}`;
const ATTACHMENTS = `${CHANNEL}/attachments`;
const ATTACHMENT = `${ATTACHMENTS}/{attachmentId}`;
const ROLES = `${GUILD}/roles`;
const ROLE = `${ROLES}/{roleId}`;
const HOLDER = `${ROLE}/members/{userId}`;
const MEMBER = `${GUILD}/members/{userId}`;

const PUBLIC: readonly Row[] = [
  anyone('GET /health'),
  anyone('GET /health/live'),
  anyone('GET /health/ready'),
  anyone('GET /metrics'),
  anyone('GET /client-config'),
  anyone('GET /slow'),
  anyone('POST /echo', { body: { message: 'x' } }),
  anyone('GET /docs'),
  anyone('GET /docs/style.css'),
  anyone('GET /docs/openapi.json'),
  anyone('GET /docs/asyncapi.json'),
  anyone('POST /auth/register', { body: { username: 'Mem', password: 'a password long enough' } }),
  anyone('POST /auth/login', { body: { username: '$visitorName', password: '$visitorPassword' } }),
  anyone('POST /auth/refresh', { target: 'session', body: { refresh_token: '$refreshToken' } }),
  anyone('POST /auth/logout', { target: 'session', body: { refresh_token: '$refreshToken' } }),
  anyone('GET /users/{userId}/avatar'),
  anyone('GET /users/{userId}/banner'),
];

// A body that is refused for itself (400) shows as well as any that whoever sent it was let in.
const OWN: readonly Row[] = [
  row('GET /auth/me', SIGNED_IN),
  row('POST /users/lookup', SIGNED_IN, { body: { user_ids: ['$victimId'] } }),
  row('GET /users/{userId}/profile', SIGNED_IN),
  row('PATCH /users/me/profile', SIGNED_IN, { body: { about_markdown: 'about' } }),
  row('POST /users/me/profile/avatar', SIGNED_IN, { bytes: 'no picture' }),
  row('POST /users/me/profile/banner', SIGNED_IN, { bytes: 'no picture' }),
  row('GET /friends', SIGNED_IN),
  row('DELETE /friends/{friendId}', SIGNED_IN),
  row('GET /friends/requests', SIGNED_IN),
  row('POST /friends/requests', SIGNED_IN, { body: { recipient_user_id: 'nobody' } }),
  row('POST /friends/requests/{requestId}/accept', []), // Between two others: nobody else knows of it
  row('DELETE /friends/requests/{requestId}', []),
  row('GET /guilds', SIGNED_IN),
  row('POST /guilds', SIGNED_IN, { body: { name: 'Another' } }),
  row('GET /guilds/public', SIGNED_IN),
];

const GUILDS: readonly Row[] = [
  row(`PATCH ${GUILD}`, holding('manage_roles'), { body: { name: 'The guild' } }),
  row(
    `POST ${GUILD}/join`,
    SIGNED_IN.filter((actor) => actor !== 'banned' && actor !== 'owner at a barred address'),
    { target: 'outsider' },
  ),
  ...guarded(
    row(`POST ${GUILD}/channels`, holding('manage_channel_overrides', 'moderator'), {
      body: { name: 'more' },
    }),
    row(`GET ${GUILD}/channels`, INSIDE),
    row(`GET ${CHANNEL}/permissions/self`, SEEING),
    // By the table of fixed roles (5.3.6), in which only owners have it.
    row(`POST ${CHANNEL}/overrides/{fixedRole}`, OWNERS, {
      path: { fixedRole: 'moderator' },
      body: { allow: [], deny: [] },
    }),
    row(
      `POST ${CHANNEL}/permission-overrides/{targetKind}/{targetId}`,
      holding('manage_channel_overrides', 'moderator'),
      {
        path: { targetKind: 'member', targetId: '$victimId' },
        body: { allow: [], deny: [] },
      },
    ),
  ),
];

const ROLE_ROWS: readonly Row[] = [
  row(`GET ${ROLES}`, INSIDE),
  row(`POST ${ROLES}`, holding('manage_workspace_roles'), {
    target: 'role',
    body: { name: 'new', permissions: [], position: 2 },
  }),
  row(`POST ${ROLES}/reorder`, holding('manage_workspace_roles'), {
    body: { role_ids: ['$roleId'] },
  }),
  row(`POST ${ROLES}/default`, holding('manage_workspace_roles'), { body: { role_id: null } }),
  row(`PATCH ${ROLE}`, holding('manage_workspace_roles'), { body: { name: 'renamed' } }),
  row(`DELETE ${ROLE}`, holding('manage_workspace_roles'), { target: 'role' }),
  row(`POST ${HOLDER}`, holding('manage_member_roles', 'moderator')),
  row(`DELETE ${HOLDER}`, holding('manage_member_roles', 'moderator'), {
    target: 'holder of a role',
  }),
];

const MEMBER_ROWS: readonly Row[] = [
  row(`GET ${GUILD}/members`, INSIDE),
  row(`POST ${MEMBER}`, holding('manage_member_roles', 'moderator')),
  // By the table of fixed roles, too: a role of one's own does not count.
  row(`PATCH ${MEMBER}`, [...OWNERS, 'moderator'], {
    body: { role: 'member' },
  }),
  row(`POST ${MEMBER}/kick`, holding('ban_member', 'moderator'), { target: 'victim' }),
  row(`POST ${MEMBER}/ban`, holding('ban_member', 'moderator'), { target: 'victim' }),
  row(`GET ${GUILD}/bans`, holding('ban_member', 'moderator')),
  row(`DELETE ${GUILD}/bans/{userId}`, holding('ban_member', 'moderator'), {
    target: 'banned victim',
  }),
  row(`POST ${MEMBER}/timeout`, holding('ban_member', 'moderator'), {
    target: 'victim',
    body: { until_unix: 4_000_000_000 }, // Too far: refused for itself, after whoever asked was let in
  }),
  row(`DELETE ${MEMBER}/timeout`, holding('ban_member', 'moderator'), {
    target: 'timed-out victim',
  }),
  row(
    `DELETE ${GUILD}/members/me`,
    INSIDE.filter((actor) => !actor.startsWith('owner')), // The server owner has joined by now.
    { target: 'own membership' },
  ),
];

const MESSAGE_ROWS: readonly Row[] = guarded(
  row(`POST ${MESSAGES}`, SEEING, { body: { content: 'hello' } }),
  row(`GET ${MESSAGES}`, SEEING),
  row(`PATCH ${MESSAGE}`, holding('delete_message', 'moderator'), { body: { content: 'other' } }),
  row(`DELETE ${MESSAGE}`, holding('delete_message', 'moderator'), { target: 'message' }),
  row(`POST ${REACTION}`, SEEING, { path: { emoji: '%F0%9F%8E%89' } }),
  row(`DELETE ${REACTION}`, SEEING, { path: { emoji: '%F0%9F%8E%89' } }),
  row(`POST ${ATTACHMENTS}`, SEEING, { bytes: 'a text of the actor', query: 'filename=a.txt' }),
  row(`GET ${ATTACHMENT}`, SEEING),
  row(`DELETE ${ATTACHMENT}`, holding('delete_message', 'moderator'), { target: 'attachment' }),
  row(`GET ${GUILD}/search`, INSIDE, { query: 'q=hello' }),
  row(`POST ${GUILD}/search/rebuild`, holding('manage_workspace_roles')),
  row(`POST ${GUILD}/search/reconcile`, holding('manage_workspace_roles')),
);

const AUDIT_ROWS: readonly Row[] = [
  row(`GET ${GUILD}/audit`, holding('view_audit_log', 'moderator')),
  row(`GET ${GUILD}/ip-bans`, holding('manage_ip_bans', 'moderator')),
  row(`POST ${GUILD}/ip-bans/by-user`, holding('manage_ip_bans', 'moderator'), {
    body: { target_user_id: '$spareId' }, // Seen elsewhere only: nobody here may be barred by it.
  }),
  row(`DELETE ${GUILD}/ip-bans/{banId}`, holding('manage_ip_bans', 'moderator'), {
    target: 'ip ban',
  }),
];

export const MATRIX: readonly Row[] = [
  ...PUBLIC,
  ...OWN,
  ...GUILDS,
  ...ROLE_ROWS,
  ...MEMBER_ROWS,
  ...MESSAGE_ROWS,
  ...AUDIT_ROWS,
];
