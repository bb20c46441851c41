import { isLeft, left } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { Accepted } from '../../application/contract/answers.ts';
import { closed } from '../../application/contract/closed.ts';
import { INVALID } from '../../application/failure.ts';
import {
  type SetChannelOverride,
  type SetFixedRoleOverride,
} from '../../application/guild/set-channel-override.ts';
import { FixedRole, type OverrideTarget } from '../../domain/guild/events.ts';
import { PermissionName } from '../../domain/permission/permissions.ts';
import { channelId, CrockfordRoleId, CrockfordUserId, guildId, text } from './path-params.ts';
import { route, type PathParam, type Route } from './route.ts';

export type OverrideRoutesPorts = {
  readonly setOverride: SetChannelOverride;
  readonly setFixedRoleOverride: SetFixedRoleOverride;
};

const CHANNEL = '/guilds/:guildId/channels/:channelId';
const TargetKind = t.union([t.literal('role'), t.literal('member')]);

const fixedRole: PathParam<FixedRole> = { codec: FixedRole, malformed: 'refused' };
const targetKind: PathParam<t.TypeOf<typeof TargetKind>> = {
  codec: TargetKind,
  malformed: 'refused',
};
const body = closed(
  { allow: t.readonlyArray(PermissionName), deny: t.readonlyArray(PermissionName) },
  {},
);

const targetOf = (kind: 'role' | 'member', id: string): OverrideTarget | null => {
  if (kind === 'role') {
    const role = CrockfordRoleId.decode(id);
    return isLeft(role) ? null : { kind, roleId: role.right };
  }
  const user = CrockfordUserId.decode(id);
  return isLeft(user) ? null : { kind, userId: user.right };
};

/** What a channel says about a role or a member (base contract 2.6). */
export const overrideRoutes = (ports: OverrideRoutesPorts): readonly Route[] => [
  route({
    method: 'POST',
    url: `${CHANNEL}/overrides/:fixedRole`,
    auth: 'bearer',
    summary: 'Sets what a channel allows and denies a seeded role, named by its fixed role.',
    answer: Accepted,
    failures: ['forbidden', 'not_found', 'quota_exceeded'],
    guardsAddress: true,
    params: { guildId, channelId, fixedRole },
    body,
    handle: ({ identity, params, body, context }) =>
      ports.setFixedRoleOverride({ by: identity.userId, ...params, ...body, context }),
  }),
  route({
    method: 'POST',
    url: `${CHANNEL}/permission-overrides/:targetKind/:targetId`,
    auth: 'bearer',
    summary: 'Sets what a channel allows and denies a role or a member.',
    answer: Accepted,
    failures: ['forbidden', 'not_found', 'quota_exceeded'],
    guardsAddress: true,
    params: { guildId, channelId, targetKind, targetId: text },
    body,
    handle: async ({ identity, params, body, context }) => {
      const { targetKind: kind, targetId, ...place } = params;
      const target = targetOf(kind, targetId);
      if (target === null) return left(INVALID);
      return ports.setOverride({ by: identity.userId, ...place, target, ...body, context });
    },
  }),
];
