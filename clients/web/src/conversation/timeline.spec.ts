import * as fc from 'fast-check';
import { ANN, BEN, message, page } from './testing/sample-messages.ts';
import {
  DELETED_MAX,
  type ReactionChange,
  type Timeline,
  TIMELINE_MESSAGES_MAX,
  timelineOf,
  withEdit,
  withFresh,
  withMessage,
  withNewer,
  withOlder,
  withoutMessage,
  withReaction,
} from './timeline.ts';

const live = (from: number, to: number): Timeline =>
  timelineOf(page(from, to), { reachedStart: false, reachedPresent: true });
const contents = ({ messages }: Timeline) => messages.map(({ content }) => content);
const numbers = (timeline: Timeline) =>
  contents(timeline).map((content) => Number(content.replace('message ', '')));
const idOf = (n: number) => message(n).message_id;

describe('timeline', () => {
  it('shows a message once, whether its frame or its answer comes first', () => {
    const once = withMessage(withMessage(live(1, 3), message(4)), message(4));
    expect(numbers(once)).toEqual([1, 2, 3, 4]);
  });

  it('keeps id order whatever the order of arrival', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([4, 5, 6, 7, 8], { minLength: 5 }), (order) => {
        const all = order.reduce((timeline, n) => withMessage(timeline, message(n)), live(1, 3));
        expect(numbers(all)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      }),
    );
  });

  it('leaves new messages out while there is a gap up to the present', () => {
    const past = timelineOf(page(1, 3), { reachedStart: false, reachedPresent: false });
    expect(numbers(withMessage(past, message(9)))).toEqual([1, 2, 3]);
  });

  it('adds older pages before, and takes an empty one for the beginning', () => {
    const more = withOlder(live(4, 6), page(1, 3));
    expect(numbers(more)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(more.grew).toBe('start');
    expect(withOlder(more, []).reachedStart).toBe(true);
  });

  it('lets go of the far end when it holds too much', () => {
    const full = timelineOf(page(10, TIMELINE_MESSAGES_MAX + 9), {
      reachedStart: false,
      reachedPresent: true,
    });
    const more = withOlder(full, page(1, 9));
    expect(more.messages).toHaveLength(TIMELINE_MESSAGES_MAX);
    expect(numbers(more)[0]).toBe(1);
    expect(more.reachedPresent).toBe(false);
  });

  it('follows on with newer pages', () => {
    const past = timelineOf(page(1, 3), { reachedStart: false, reachedPresent: false });
    const next = withNewer(past, page(3, 5), true);
    expect(numbers(next)).toEqual([1, 2, 3, 4, 5]);
    expect(next.reachedPresent).toBe(true);
  });

  it('does not let an old page bring back what was deleted', () => {
    const without = withoutMessage(live(4, 6), idOf(5));
    expect(numbers(withOlder(without, page(1, 5)))).toEqual([1, 2, 3, 4, 6]);
    expect(numbers(withMessage(without, message(5)))).toEqual([4, 6]);
    expect(numbers(withFresh(without, page(4, 6), new Set()))).toEqual([4, 6]);
  });

  it('remembers a bounded number of deletions', () => {
    let timeline = live(1, 2);
    for (let n = 10; n < 10 + DELETED_MAX + 5; n += 1) timeline = withoutMessage(timeline, idOf(n));
    expect(timeline.deleted.size).toBe(DELETED_MAX);
    expect(timeline.deleted.has(idOf(10 + DELETED_MAX + 4))).toBe(true);
  });
});

describe('timeline after a lost connection', () => {
  it('fills the gap, and drops what was deleted and takes over what was edited meanwhile', () => {
    const server = [message(7), message(6), message(5, { content: 'message 50' }), message(3)];
    const filled = withFresh(live(1, 4), server, new Set());
    expect(numbers(filled)).toEqual([1, 2, 3, 50, 6, 7]);
  });

  it('believes a frame that came after the page was asked for', () => {
    const edited = withEdit(live(1, 4), idOf(3), { content: 'message 30', markdown_tokens: [] });
    const grown = withMessage(edited, message(9));
    const touched = new Set<string>([idOf(3), idOf(9)]);
    expect(numbers(withFresh(grown, page(2, 6), touched))).toEqual([1, 2, 30, 4, 5, 6, 9]);
  });

  it('ends up with what the server has, however much was missed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 0, max: 30 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 30 })),
        (held, missed, deleted) => {
          const gone = new Set<string>(deleted.map(idOf));
          const server = page(1, held + missed).filter(({ message_id }) => !gone.has(message_id));
          fc.pre(server.length > 0);
          const filled = withFresh(live(1, held), server, new Set());
          const first = numbers(timelineOf(server, filled))[0] ?? 0;
          expect(numbers(filled).filter((n) => n >= first)).toEqual(
            numbers(timelineOf(server, filled)),
          );
        },
      ),
    );
  });
});

describe('reactions', () => {
  const change = (count: number, operation: 'add' | 'remove', by: string): ReactionChange => ({
    message_id: idOf(1),
    emoji: '🔥',
    count: count as ReactionChange['count'],
    operation,
    actor_user_id: by,
  });
  const reactionsIn = (timeline: Timeline) => timeline.messages[0]?.reactions;

  it('counts as the server counts, so that repeats change nothing', () => {
    const once = withReaction(live(1, 1), change(1, 'add', ANN), ANN);
    const twice = withReaction(once, change(1, 'add', ANN), ANN);
    expect(reactionsIn(twice)).toEqual([{ emoji: '🔥', count: 1, reacted_by_me: true }]);
  });

  it('knows one’s own from those of others', () => {
    const mine = withReaction(live(1, 1), change(1, 'add', ANN), ANN);
    const both = withReaction(mine, change(2, 'add', BEN), ANN);
    expect(reactionsIn(both)?.[0]?.reacted_by_me).toBe(true);
    const theirs = withReaction(both, change(1, 'remove', ANN), ANN);
    expect(reactionsIn(theirs)).toEqual([{ emoji: '🔥', count: 1, reacted_by_me: false }]);
    expect(reactionsIn(withReaction(theirs, change(0, 'remove', BEN), ANN))).toEqual([]);
  });
});
