/* eslint-disable svelte/prefer-svelte-reactivity -- Sets and maps here are replaced whole, or nobody watches them. */
import { isLeft } from 'fp-ts/lib/Either.js';
import { SvelteMap } from 'svelte/reactivity';
import type * as t from 'io-ts';
import { type OwnPermissions as OwnPermissionsAnswer } from '../../../../application/contract/answers.ts';
import { type Api } from '../api/api.ts';

type PermissionName = t.TypeOf<typeof OwnPermissionsAnswer>['permissions'][number];

/**
 * What the signed-in person may do in each channel. Only to show or hide what would be refused anyway: the server
 * decides. Unknown (not loaded, not reachable) counts as allowed.
 */
export const createPermissions = ({ api }: { readonly api: Pick<Api, 'ownPermissions'> }) => {
  const byChannel = new SvelteMap<string, ReadonlySet<string>>();
  return {
    load: async (guildId: string, channelId: string) => {
      const answer = await api.ownPermissions({ guildId, channelId });
      if (!isLeft(answer)) byChannel.set(channelId, new Set(answer.right.permissions));
    },
    may: (channelId: string, permission: PermissionName): boolean =>
      byChannel.get(channelId)?.has(permission) ?? true,
    isKnownTo: (channelId: string, permission: PermissionName): boolean =>
      byChannel.get(channelId)?.has(permission) ?? false,
  };
};
