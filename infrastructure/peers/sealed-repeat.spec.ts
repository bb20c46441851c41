import { type RepeatedReaction } from '../../application/message/react-to-message.ts';
import { channelNo, guildNo, messageNo, userNo } from '../../domain/shared/testing/samples.ts';
import { createRepeatSeal } from './sealed-repeat.ts';

const repeat: RepeatedReaction = {
  guildId: guildNo(1),
  channelId: channelNo(1),
  messageId: messageNo(1),
  userId: userNo(1),
  operation: 'add',
  emoji: '🎉',
};
const sealWith = (keys: Readonly<Record<string, Buffer>>) =>
  createRepeatSeal({
    keysOf: (scopes) =>
      Promise.resolve(new Map(Object.entries(keys).filter(([scope]) => scopes.has(scope)))),
  });
const OURS = sealWith({ [`message:${messageNo(1)}`]: Buffer.alloc(32, 1) });

it('opens what was sealed, and shows nothing of it before', async () => {
  const sealed = await OURS.seal(repeat);
  expect(JSON.stringify(sealed)).not.toContain('🎉');
  expect(sealed && (await OURS.open(sealed))).toEqual(repeat);
});

it('is nothing where the message was erased', async () => {
  const sealed = await OURS.seal(repeat);
  expect(await sealWith({}).seal(repeat)).toBeNull();
  expect(sealed && (await sealWith({}).open(sealed))).toBeNull();
});

it.each([
  ['another guild', { guildId: guildNo(2) }],
  ['another channel', { channelId: channelNo(2) }],
  ['another person', { userId: userNo(2) }],
  ['another operation', { operation: 'remove' }],
  ['another text', { emoji: '1AAAA' }],
] as const)('does not open with %s', async (_, change) => {
  const sealed = await OURS.seal(repeat);
  expect(sealed && (await OURS.open({ ...sealed, ...change }))).toBeNull();
});

it('does not open what another installation sealed, or what is no reaction', async () => {
  const foreign = sealWith({ [`message:${messageNo(1)}`]: Buffer.alloc(32, 2) });
  const sealed = await foreign.seal(repeat);
  expect(sealed && (await OURS.open(sealed))).toBeNull();
  const none = await OURS.seal({ ...repeat, emoji: '' });
  expect(none && (await OURS.open(none))).toBeNull();
});
