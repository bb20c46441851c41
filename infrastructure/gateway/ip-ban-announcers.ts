// What sockets hear of bans of addresses: that there are more or fewer, told to all of the guild as the base contract's
// clients expect it; never which, nor whose.
import { unixSeconds } from '../../domain/shared/timestamp.ts';
import { type Announcers, type RecordedEvent } from './announcer.ts';
import { type Frame } from './frame-text.ts';
import { type Outbox } from './outbox.ts';

export const ipBanSyncFrame = (
  { data: { guildId, by, at } }: RecordedEvent<'IpBansAdded' | 'IpBanLifted'>,
  action: 'upsert' | 'remove',
  changedCount: number,
): Frame => ({
  t: 'workspace_ip_ban_sync',
  d: {
    guild_id: guildId,
    summary: { action, changed_count: changedCount },
    updated_at_unix: unixSeconds(at),
    actor_user_id: by,
  },
});

export const ipBanAnnouncers = ({ outbox }: { readonly outbox: Outbox }): Announcers => ({
  IpBansAdded: (event) =>
    outbox.toGuild(event.data.guildId, ipBanSyncFrame(event, 'upsert', event.data.banIds.length)),
  IpBanLifted: (event) => outbox.toGuild(event.data.guildId, ipBanSyncFrame(event, 'remove', 1)),
});
