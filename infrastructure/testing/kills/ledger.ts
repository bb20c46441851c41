// What a server acknowledged, and how a history differs from it. Pure, so that it is shown to find what it looks for.
import { type MessageId } from '../../../domain/shared/ids.ts';

export type Acknowledged = {
  readonly author: string;
  readonly content: string; // No two messages are alike
  readonly id: MessageId;
  readonly beganAt: number; // The first try, by the monotonic clock of the one who asks
  readonly answeredAt: number;
};

export type Found = Pick<Acknowledged, 'content' | 'id'>;

export type Difference = {
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly renamed: readonly string[]; // There, but under another id than was answered
  readonly reordered: readonly string[];
  readonly unasked: readonly string[]; // Of nobody that we know
};

/**
 * Compares one channel's acknowledged messages, in any order, with its history in the order it shows. A message that was
 * sent after another was acknowledged, by whomever, must stand after it.
 */
export const compareWithHistory = (
  acknowledged: readonly Acknowledged[],
  history: readonly Found[],
): Difference => {
  const known = new Map(acknowledged.map((message) => [message.content, message]));
  const times = new Map<string, number>();
  const renamed: string[] = [];
  const reordered: string[] = [];
  const unasked: string[] = [];
  let latestBegun = Number.NEGATIVE_INFINITY;
  for (const { content, id } of history) {
    times.set(content, (times.get(content) ?? 0) + 1);
    const message = known.get(content);
    if (message === undefined) {
      unasked.push(content);
      continue;
    }
    if (message.id !== id) renamed.push(content);
    // One that stands before it was begun only after this one was answered.
    if (latestBegun > message.answeredAt) reordered.push(content);
    latestBegun = Math.max(latestBegun, message.beganAt);
  }
  return {
    lost: [...known.keys()].filter((content) => !times.has(content)),
    doubled: [...times].filter(([, count]) => count > 1).map(([content]) => content),
    renamed,
    reordered,
    unasked,
  };
};
