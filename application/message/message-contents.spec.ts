import { type SealedField } from '../event-store/event-store.ts';
import { createMessageContents, type SealedContent } from './message-contents.ts';

const sealed = (n: number, box: string | null = `box ${n}`): SealedContent => ({
  messageId: `message-${n}`,
  eventId: `event-${n}`,
  eventType: 'MessagePosted',
  eventVersion: 1,
  box,
});

const setUp = (options: { cacheBytesMax?: number; erased?: ReadonlySet<string> } = {}) => {
  const opened: SealedField[] = [];
  let release = (): void => {};
  let gate: Promise<void> | null = null;
  const contents = createMessageContents({
    sealer: {
      open: async (fields) => {
        opened.push(...fields);
        await gate;
        return fields.map(({ scope, box }) =>
          options.erased?.has(scope) === true ? null : box.replace('box', 'text'),
        );
      },
    },
    tokenize: (text) => [{ type: 'text', text }],
    cacheBytesMax: options.cacheBytesMax ?? 100_000,
  });
  const hold = () => {
    gate = new Promise((resolve) => (release = resolve));
  };
  return { contents, opened, hold, release: () => release() };
};

const shown = (content: string) => ({ content, tokens: [{ type: 'text', text: content }] });

describe('message contents', () => {
  it('opens what it does not have, in one go, each under the key of its message', async () => {
    const { contents, opened } = setUp();
    const texts = await contents.render([sealed(1), sealed(2), sealed(1)]);
    expect(texts).toEqual([shown('text 1'), shown('text 2'), shown('text 1')]);
    expect(opened).toEqual(
      [1, 2].map((n) => ({
        eventId: `event-${n}`,
        eventType: 'MessagePosted',
        eventVersion: 1,
        path: 'content',
        scope: `message:message-${n}`,
        box: `box ${n}`,
      })),
    );
  });

  it('opens nothing twice, nor what this process wrote itself', async () => {
    const { contents, opened } = setUp();
    expect(contents.remember('event-1', 'text 1')).toEqual(shown('text 1'));
    await contents.render([sealed(1), sealed(2)]);
    await contents.render([sealed(1), sealed(2)]);
    expect(opened.map(({ eventId }) => eventId)).toEqual(['event-2']);
  });

  it('gives an erased text as an empty one', async () => {
    const { contents } = setUp({ erased: new Set(['message:message-1']) });
    const empty = { content: '', tokens: [] };
    expect(await contents.render([sealed(1), sealed(2, null)])).toEqual([empty, empty]);
  });

  it('does not keep what was forgotten while it was being opened', async () => {
    const { contents, opened, hold, release } = setUp();
    hold();
    const rendering = contents.render([sealed(1)]);
    contents.forget('event-1');
    release();
    await rendering;
    await contents.render([sealed(1)]);
    expect(opened).toHaveLength(2);
  });

  it('keeps no more than its bytes', async () => {
    const { contents, opened } = setUp({ cacheBytesMax: 1_000 });
    const many = Array.from({ length: 50 }, (_, i) => sealed(i));
    await contents.render(many);
    await contents.render([sealed(49)]);
    expect(opened).toHaveLength(50);
    await contents.render([sealed(0)]);
    expect(opened).toHaveLength(51);
  });
});
