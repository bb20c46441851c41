// A client in memory that keeps a store by the frames it gets, as ours do, and comes back with the last place it handled.
import { type Message } from '../../../application/contract/answers.ts';
import { type ChannelId, type MessageId } from '../../../domain/shared/ids.ts';
import { type FakeClient, type FakeFrame } from './fake-transport.ts';
import { tokenFor } from './harness.ts';
import { answerOf, type Process, type World } from './resume-world.ts';
import { guildId, userId } from './samples.ts';

export type StoredMessage = {
  readonly content: string;
  readonly reactions: Readonly<Record<string, number>>;
};
const stored = ({ content, reactions }: Message): StoredMessage => ({
  content,
  reactions: Object.fromEntries(reactions.map(({ emoji, count }) => [emoji, count])),
});

/** What a fresh look shows of a channel. */
export const snapshotOf = (
  messages: ReturnType<World['truth']>['messages'],
  channel: ChannelId,
): Record<string, StoredMessage> =>
  Object.fromEntries(
    [...messages]
      .filter(([, text]) => text.channelId === channel)
      .map(([id, text]) => [id, stored(answerOf(id, text))]),
  );

const text = (value: unknown) => String(value);

export const createResumingClient = (world: World, user: number) => {
  let socket: FakeClient | null = null;
  let process: Process | null = null;
  let handled = 0;
  let place: string | null = null;
  let installation = '';
  let resumedFrom: number | null = null; // While resuming: what its process had then
  let missed: 'replay' | 'summary' = 'replay';
  let lastPlace = '';
  const channels = new Map<ChannelId, Map<MessageId, StoredMessage>>();
  const friends = new Set<string>();
  const own = { name: '', guildName: '', members: new Set<string>(), isInside: false };
  const faults: unknown[] = [];
  const count = { resumed: 0, refused: 0, replayed: 0, overlooked: 0 };

  const look = (channel: ChannelId) => {
    const snapshot = snapshotOf(world.projected().messages, channel);
    channels.set(channel, new Map(Object.entries(snapshot)) as Map<MessageId, StoredMessage>);
    const { members, guildName } = world.projected();
    own.members = new Set(members);
    own.guildName = guildName;
  };
  const lookAtPeople = () => {
    const { friends: all, names } = world.projected();
    friends.clear();
    for (const pair of all) {
      const [one, other] = pair.split(' ');
      if (one === userId(user) && other !== undefined) friends.add(other);
    }
    own.name = names.get(userId(user)) ?? '';
  };
  const startAfresh = (position: unknown) => {
    channels.clear();
    place = text(position);
    lastPlace = '';
    lookAtPeople();
  };

  const expectAllowed = (frame: FakeFrame) => {
    const to = process?.delivered() ?? 0;
    // While it catches up only what may be seen now; live, what could be when it was said.
    const said = frame.s === undefined ? to : Number(frame.s.split('.')[0]);
    const from = Math.max(resumedFrom ?? 0, Math.min(said, to));
    if (!world.mayEverSee(user, text(frame.d['channel_id']), from, to))
      faults.push({ type: 'unauthorised', user, frame, from, to });
  };

  const onMessage = (frame: FakeFrame) => {
    const { t, d } = frame;
    expectAllowed(frame);
    const channel = channels.get(d['channel_id'] as ChannelId);
    const id = d['message_id'] as MessageId;
    if (t === 'message_create') channel?.set(id, stored(d as Message));
    if (t === 'message_delete') channel?.delete(id);
    const found = channel?.get(id);
    if (found === undefined) return;
    if (t === 'message_update') {
      const { content } = d['updated_fields'] as { content: string };
      channel?.set(id, { ...found, content });
    }
    if (t === 'message_reaction') {
      const reactions = new Map(Object.entries(found.reactions));
      if (Number(d['count']) > 0) reactions.set(text(d['emoji']), Number(d['count']));
      else reactions.delete(text(d['emoji']));
      channel?.set(id, { ...found, reactions: Object.fromEntries(reactions) });
    }
  };

  const onPeople = ({ t, d }: FakeFrame) => {
    if (t === 'friend_request_update') friends.add(text(d['friend_user_id']));
    if (t === 'friend_remove') friends.delete(text(d['friend_user_id']));
    if (t === 'profile_update' && d['user_id'] === userId(user))
      own.name = text((d['updated_fields'] as Record<string, unknown>)['username']);
    if (t === 'workspace_update')
      own.guildName = text((d['updated_fields'] as Record<string, unknown>)['name']);
    if (t === 'workspace_member_add') own.members.add(text(d['user_id']));
    if (t === 'workspace_member_remove') {
      own.members.delete(text(d['user_id']));
      if (d['user_id'] !== userId(user)) return;
      channels.clear();
      // Whoever is a member again is not told that they once were not.
      const isBack = Array.from(
        { length: (process?.delivered() ?? 0) - (resumedFrom ?? Infinity) + 1 },
        (_, index) => world.isMemberAt(user, (resumedFrom ?? 0) + index),
      );
      if (isBack.length > 0 && isBack.every(Boolean))
        faults.push({ type: 'misleading', user, t, d });
    }
  };

  const onConnection = ({ t, d }: FakeFrame) => {
    switch (t) {
      case 'ready':
        if (place === null) {
          installation = text(d['installation_id']);
          startAfresh(d['position']);
          return;
        }
        resumedFrom = process?.delivered() ?? 0;
        lastPlace = place;
        socket?.send('resume', {
          installation_id: installation,
          position: place,
          missed,
          subscriptions:
            channels.size === 0
              ? []
              : [{ guild_id: guildId(1), channel_ids: [...channels.keys()] }],
        });
        return;
      case 'resumed':
        count.resumed += 1;
        resumedFrom = null;
        place = text(d['position']);
        if (d['missed'] !== 'summary') return;
        for (const channel of channels.keys()) look(channel);
        lookAtPeople();
        return;
      case 'resume_refused':
        count.refused += 1;
        resumedFrom = null;
        startAfresh(d['position']);
        return;
      case 'subscribed':
        look(d['channel_id'] as ChannelId);
        return;
      case 'unsubscribed':
        channels.delete(d['channel_id'] as ChannelId);
    }
  };

  const handle = (frame: FakeFrame) => {
    if (frame.s !== undefined) {
      if (frame.s <= lastPlace) faults.push({ type: 'twice', user, frame, lastPlace });
      lastPlace = frame.s;
      // A summary that is cut short told of nothing before it.
      if (resumedFrom === null || missed === 'replay') place = frame.s;
      if (resumedFrom !== null) count.replayed += 1;
    }
    if (frame.t.startsWith('message_')) onMessage(frame);
    else {
      onConnection(frame);
      onPeople(frame);
    }
  };

  return {
    user,
    faults,
    count,
    channels,
    friends,
    own,
    isConnected: () => socket !== null && socket.ended() === null,
    isSettled: () => resumedFrom === null,
    process: () => process,
    /** Handles what arrived, at most `max` frames. */
    pump: (max = Infinity): void => {
      const frames = socket?.frames ?? [];
      for (let left = max; handled < frames.length && left > 0; left -= 1) {
        const frame = frames[handled];
        handled += 1;
        if (frame !== undefined) handle(frame);
      }
    },
    connect: async (to: Process, how: 'replay' | 'summary'): Promise<void> => {
      const client = await to.connect({
        query: `access_token=${tokenFor(user)}&places=${place === null ? '1' : 'resume'}`,
      });
      if (typeof client === 'string') throw new Error(client);
      [socket, process, handled, missed] = [client, to, 0, how];
    },
    subscribe: (channel: ChannelId): void => {
      if (handled > 0 && resumedFrom === null)
        socket?.send('subscribe', { guild_id: guildId(1), channel_id: channel });
    },
    /** The connection breaks: what was not handled by now is lost on the way. */
    cut: (): void => {
      socket?.hangUp();
      socket = null;
      resumedFrom = null;
    },
  };
};
export type ResumingClient = ReturnType<typeof createResumingClient>;
