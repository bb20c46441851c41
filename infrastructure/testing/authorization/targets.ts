// What a row's path and body name: made before it is asked, and again whenever an allowed request used it up.
import { type SignedIn } from './actors.ts';
import { type Target } from './matrix.ts';
import { type Stage } from './stage.ts';

const HOUR_SECS = 3600;

/** Ids and texts by name, as `{name}` in paths and `$name` in bodies. */
export type Names = Record<string, string>;

export const createTargets = (stage: Stage) => {
  const { guildId, channelId, personOf, done, ask } = stage;
  const guild = `/guilds/${guildId}`;
  const channel = `${guild}/channels/${channelId}`;
  const victimId = personOf('victim').userId;
  // Signs in again and again, until the oldest of its sessions end: nobody who asks by one of them.
  const visitor = personOf('friend');
  const names: Names = {
    guildId,
    channelId,
    victimId,
    userId: victimId,
    spareId: personOf('spare').userId,
    friendId: personOf('other friend').userId,
    requestId: stage.requestId,
    visitorName: visitor.name,
    visitorPassword: visitor.password,
  };
  const byOwner = (method: string, path: string, body?: unknown, field?: string) =>
    done('owner', { method, path: `${guild}${path}`, body }, field);
  const post = (by: 'owner' | 'member') =>
    done(
      by,
      { method: 'POST', path: `${channel}/messages`, body: { content: 'hello' } },
      'message_id',
    );
  const upload = () =>
    done(
      'owner',
      { method: 'POST', path: `${channel}/attachments?filename=a.txt`, bytes: 'text' },
      'attachment_id',
    );
  const makeRole = () =>
    byOwner('POST', '/roles', { name: 'target', permissions: [], position: 2 }, 'role_id');

  /** A plain member without bans, timeouts or roles, whatever was done to him. */
  const plainVictim = async () => {
    await ask('owner', { method: 'DELETE', path: `${guild}/bans/${victimId}` });
    await byOwner('POST', `/members/${victimId}`);
    await ask('owner', { method: 'DELETE', path: `${guild}/members/${victimId}/timeout` });
  };
  const make: Readonly<Record<Target, () => Promise<unknown>>> = {
    message: async () => (names['messageId'] = await post('owner')),
    'own message': async () => (names['messageId'] = await post('member')),
    attachment: async () => (names['attachmentId'] = await upload()),
    role: async () => (names['roleId'] = await makeRole()),
    victim: plainVictim,
    'holder of a role': async () => {
      await plainVictim();
      await byOwner('POST', `/roles/${names['roleId']}/members/${victimId}`);
    },
    'banned victim': async () => {
      await plainVictim();
      await byOwner('POST', `/members/${victimId}/ban`);
    },
    'timed-out victim': async () => {
      await plainVictim();
      const until = Math.floor(Date.now() / 1000) + HOUR_SECS;
      await byOwner('POST', `/members/${victimId}/timeout`, { until_unix: until });
    },
    'ip ban': async () => {
      // An address that is barred already is not barred twice.
      await ask('owner', { method: 'DELETE', path: `${guild}/ip-bans/${names['banId']}` });
      const body = { target_user_id: personOf('spare').userId };
      names['banId'] = await byOwner('POST', '/ip-bans/by-user', body, 'ban_ids');
    },
    session: async () => {
      names['refreshToken'] = (await stage.api.login(visitor.name, visitor.password)).refresh_token;
    },
    'own membership': () => Promise.resolve(),
    outsider: () => Promise.resolve(),
  };

  return {
    names,
    /** One of everything, so that each path can be filled in. */
    makeAll: async () => {
      for (const target of ['message', 'attachment', 'role', 'ip ban', 'session'] as const)
        await make[target]();
    },
    make: (target: Target) => make[target](),
    /** Puts right what an allowed request changed for the one who made it. */
    restore: async (target: Target, actor: SignedIn) => {
      if (target === 'outsider' && actor === 'outsider')
        await byOwner('POST', `/members/${personOf('outsider').userId}/kick`);
      if (target !== 'own membership') return;
      const { userId } = personOf(actor);
      await byOwner('POST', `/members/${userId}`);
      const roleId = stage.roleOf.get(actor);
      if (roleId !== undefined) await byOwner('POST', `/roles/${roleId}/members/${userId}`);
      if (actor === 'moderator')
        await byOwner('PATCH', `/members/${userId}`, { role: 'moderator' });
    },
  };
};
