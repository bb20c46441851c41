// What sockets hear of people coming, going and being given roles.
import { type Recorded } from '../../application/event-store/event-store.ts';
import { type Announcers, type RecordedEvent } from './announcer.ts';
import { type Audience } from './audience.ts';
import {
  memberAddFrame,
  memberRemovalFrames,
  memberRestoreFrames,
  memberTimeoutFrame,
  memberUnbanFrame,
  memberUpdateFrame,
} from './event-frames.ts';
import { type Outbox } from './outbox.ts';
import { type Revocation } from './revocation.ts';
import { roleAssignmentAddFrame, roleAssignmentRemoveFrame } from './role-frames.ts';

export const memberAnnouncers = ({
  audience,
  outbox,
  revocation,
}: {
  readonly audience: Audience;
  readonly outbox: Outbox;
  readonly revocation: Revocation;
}): Announcers => {
  let lastJoin: Recorded['meta'] | null = null;

  /** The default role given on joining is part of the join, which already has its frame (base contract 4.4). */
  const isPartOfJoin = ({ meta }: Recorded) =>
    lastJoin?.stream === meta.stream && lastJoin.correlationId === meta.correlationId;

  const reconsiderMember = ({
    data: { guildId, userId },
  }: RecordedEvent<
    'MemberRoleAssigned' | 'MemberRoleUnassigned' | 'MemberFixedRoleSet' | 'MemberRestored'
  >) => {
    const inGuild = [...audience.inGuild(guildId)];
    return revocation.reconsider(
      guildId,
      inGuild.filter((connection) => connection.userId === userId),
    );
  };
  const remove = (
    { data }: RecordedEvent<'MemberLeft' | 'MemberKicked' | 'MemberBanned'>,
    reason: 'leave' | 'kick' | 'ban',
  ) => revocation.removeFromGuild(data.guildId, data.userId, memberRemovalFrames(data, reason));

  return {
    MemberJoined: ({ data, meta }) => {
      lastJoin = meta;
      if (data.cause !== 'created') outbox.toGuild(data.guildId, memberAddFrame(data));
    },
    MemberRestored: (event) => {
      for (const frame of memberRestoreFrames(event.data))
        outbox.toGuild(event.data.guildId, frame);
      return reconsiderMember(event);
    },
    MemberLeft: (event) => remove(event, 'leave'),
    MemberKicked: (event) => remove(event, 'kick'),
    MemberBanned: (event) => remove(event, 'ban'),
    MemberRoleAssigned: (event) => {
      if (!isPartOfJoin(event))
        outbox.toGuild(event.data.guildId, roleAssignmentAddFrame(event.data));
      return reconsiderMember(event);
    },
    MemberRoleUnassigned: (event) => {
      outbox.toGuild(event.data.guildId, roleAssignmentRemoveFrame(event.data));
      return reconsiderMember(event);
    },
    MemberFixedRoleSet: (event) => {
      outbox.toGuild(event.data.guildId, memberUpdateFrame(event.data));
      return reconsiderMember(event);
    },
    MemberUnbanned: ({ data }) => outbox.toGuild(data.guildId, memberUnbanFrame(data)),
    MemberTimedOut: ({ data }) => outbox.toGuild(data.guildId, memberTimeoutFrame(data)),
    MemberTimeoutLifted: ({ data }) => outbox.toGuild(data.guildId, memberTimeoutFrame(data)),
  };
};
