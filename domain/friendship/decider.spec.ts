import { specFor } from '../shared/testing/spec-for.ts';
import { friendRequestNo, noon, userNo } from '../shared/testing/samples.ts';
import { friendshipDecider, type FriendshipCommand } from './decider.ts';
import { type FriendshipEvent } from './events.ts';

const { given } = specFor(friendshipDecider);

const ids = (n: number, sender: number, recipient: number) => ({
  requestId: friendRequestNo(n),
  senderId: userNo(sender),
  recipientId: userNo(recipient),
  at: noon,
});
const ask = (n: number, sender = 1, recipient = 2, request: string | null = null) =>
  ({
    type: 'RequestFriendship',
    data: { ...ids(n, sender, recipient), request },
  }) satisfies FriendshipCommand;
const asked = (n: number, sender = 1, recipient = 2, request?: string): FriendshipEvent => ({
  type: 'FriendRequested',
  data: { ...ids(n, sender, recipient), ...(request !== undefined && { request }) },
});
const answered = (n: number, by: number) => ({
  requestId: friendRequestNo(n),
  by: userNo(by),
  at: noon,
});
const accept = (n: number, by: number): FriendshipCommand => ({
  type: 'AcceptFriendRequest',
  data: answered(n, by),
});
const erase = (n: number, by: number): FriendshipCommand => ({
  type: 'DeleteFriendRequest',
  data: answered(n, by),
});
const accepted: FriendshipEvent = { type: 'FriendRequestAccepted', data: ids(1, 1, 2) };
const erased = (by: number): FriendshipEvent => ({
  type: 'FriendRequestDeleted',
  data: { ...ids(1, 1, 2), by: userNo(by) },
});
const unfriend = { by: userNo(2), friendId: userNo(1), at: noon };
const remove: FriendshipCommand = { type: 'RemoveFriend', data: unfriend };
const removed: FriendshipEvent = { type: 'FriendRemoved', data: unfriend };

describe('a request of friendship', () => {
  it('is made once, in one direction', () => {
    given().when(ask(1)).thenEmits(asked(1));
    given(asked(1)).when(ask(2)).thenRejects({ type: 'RequestPending' });
    given(asked(1))
      .when(ask(2, 2, 1))
      .thenRejects({ type: 'RequestPending' });
  });
  it('is not made to oneself', () =>
    given()
      .when(ask(1, 1, 1))
      .thenRejects({ type: 'Oneself' }));
  it('is not made among friends', () =>
    given(asked(1), accepted).when(ask(2)).thenRejects({ type: 'AlreadyFriends' }));
  it('is made anew after it was deleted, and after a friendship', () => {
    given(asked(1), erased(2)).when(ask(2)).thenEmits(asked(2));
    given(asked(1), accepted, removed).when(ask(2)).thenEmits(asked(2));
  });
  it('is the same request when it is repeated with its key, by who made it', () => {
    given()
      .when(ask(1, 1, 2, 'key'))
      .thenEmits(asked(1, 1, 2, 'key'));
    given(asked(1, 1, 2, 'key'))
      .when(ask(2, 1, 2, 'key'))
      .thenEmits();
    given(asked(1, 1, 2, 'key'), accepted)
      .when(ask(2, 1, 2, 'key'))
      .thenEmits();
    given(asked(1, 1, 2, 'key'))
      .when(ask(2, 1, 2, 'other'))
      .thenRejects({ type: 'RequestPending' });
    given(asked(1, 1, 2, 'key'))
      .when(ask(2, 2, 1, 'key'))
      .thenRejects({ type: 'RequestPending' });
  });
  it('is accepted by its recipient only', () => {
    given(asked(1)).when(accept(1, 2)).thenEmits(accepted);
    for (const by of [1, 3])
      given(asked(1)).when(accept(1, by)).thenRejects({ type: 'NoSuchRequest' });
  });
  it('is deleted by either side, and by nobody else', () => {
    for (const by of [1, 2]) given(asked(1)).when(erase(1, by)).thenEmits(erased(by));
    given(asked(1)).when(erase(1, 3)).thenRejects({ type: 'NoSuchRequest' });
  });
  it.each([
    ['never made', []],
    ['accepted', [asked(1), accepted]],
    ['deleted', [asked(1), erased(1)]],
    ['followed by another', [asked(1), erased(1), asked(2)]],
  ])('is not answered when it was %s', (_when, past) => {
    for (const command of [accept(1, 2), erase(1, 2)])
      given(...past)
        .when(command)
        .thenRejects({ type: 'NoSuchRequest' });
  });
});

describe('a friendship', () => {
  it('ends when either wants', () => {
    given(asked(1), accepted).when(remove).thenEmits(removed);
    const data = { by: userNo(1), friendId: userNo(2), at: noon };
    given(asked(1), accepted)
      .when({ type: 'RemoveFriend', data })
      .thenEmits({ type: 'FriendRemoved', data });
  });
  it('that is none has no end, and leaves a request alone', () => {
    given().when(remove).thenEmits();
    given(asked(1)).when(remove).thenEmits();
    given(asked(1), accepted, removed).when(remove).thenEmits();
  });
  it('is not with oneself', () =>
    given()
      .when({ type: 'RemoveFriend', data: { ...unfriend, friendId: userNo(2) } })
      .thenRejects({ type: 'Oneself' }));
});
