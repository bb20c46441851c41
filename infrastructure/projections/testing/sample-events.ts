// The commonest events, for specs of whatever projects or reads them.
import { type DomainEvent } from '../../../application/event-store/event-catalogue.ts';
import {
  channelNo,
  guildNo,
  messageNo,
  noon,
  userNo,
} from '../../../domain/shared/testing/samples.ts';

export const registered = (n: number, username = `person-${n}`): DomainEvent => ({
  type: 'AccountRegistered',
  data: { userId: userNo(n), username, at: noon },
});

/** Message n, by person 1 in a channel of guild 1; `content` is the box of its text, null once that is erased. */
export const posted = (
  n: number,
  { channel = 1, content = `box ${n}` }: { channel?: number; content?: string | null } = {},
): DomainEvent => ({
  type: 'MessagePosted',
  data: {
    messageId: messageNo(n),
    guildId: guildNo(1),
    channelId: channelNo(channel),
    authorId: userNo(1),
    content,
    attachmentIds: [],
    at: noon,
  },
});
