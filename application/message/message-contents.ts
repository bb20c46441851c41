// The texts of messages, which stand sealed everywhere but in this bounded memory.
import { LRUCache } from 'lru-cache';
import { type MarkdownToken } from '../contract/markdown.ts';
import { type SealedField, type Sealer } from '../event-store/event-store.ts';

/** Where a message's current text stands sealed: the event that last set it. */
export type SealedContent = {
  readonly messageId: string;
  readonly eventId: string;
  readonly eventType: 'MessagePosted' | 'MessageEdited' | 'MessageRestored';
  readonly eventVersion: number;
  readonly box: string | null; // Null: the event itself recorded no text
};

export type RenderedContent = {
  readonly content: string;
  readonly tokens: readonly MarkdownToken[];
};

/**
 * Opens and tokenises message texts through a bounded cache keyed by event id (a text never changes under its event id).
 * An erased text is `{ content: '', tokens: [] }`.
 */
export type MessageContents = {
  readonly render: (sealed: readonly SealedContent[]) => Promise<readonly RenderedContent[]>;
  /** What the process just posted itself, so that the fan-out and the first reader need not open it again. */
  readonly remember: (eventId: string, content: string) => RenderedContent;
  /** Drops a cached text; called on deletion and erasure. */
  readonly forget: (eventId: string) => void;
  /** Drops all of them: some were erased that nobody names one by one. */
  readonly forgetAll: () => void;
};

const ERASED: RenderedContent = { content: '', tokens: [] };

// Rough, and rather too much than too little: a bound on memory must hold also for texts that are all marks.
const ENTRY_BYTES = 256;
const TOKEN_BYTES = 64;
const CHAR_BYTES = 2;

const sizeOf = ({ content, tokens }: RenderedContent): number => {
  let chars = content.length;
  for (const token of tokens) {
    if ('text' in token) chars += token.text.length;
    else if ('code' in token) chars += token.code.length;
    else if ('href' in token) chars += token.href.length;
  }
  return ENTRY_BYTES + tokens.length * TOKEN_BYTES + chars * CHAR_BYTES;
};

const fieldOf = (sealed: SealedContent, box: string): SealedField => ({
  eventId: sealed.eventId,
  eventType: sealed.eventType,
  eventVersion: sealed.eventVersion,
  path: 'content',
  scope: `message:${sealed.messageId}`,
  box,
});

/** Makes a MessageContents that keeps at most about `cacheBytesMax` bytes of opened texts. */
export const createMessageContents = ({
  sealer,
  tokenize,
  cacheBytesMax,
}: {
  readonly sealer: Sealer;
  readonly tokenize: (text: string) => readonly MarkdownToken[];
  readonly cacheBytesMax: number; // Limits.contentCacheBytesMax
}): MessageContents => {
  const cache = new LRUCache<string, RenderedContent>({
    maxSize: Math.max(1, cacheBytesMax),
    sizeCalculation: sizeOf,
  });
  let forgotten = 0;

  const open = async (
    missing: ReadonlyMap<string, SealedField>,
  ): Promise<ReadonlyMap<string, RenderedContent>> => {
    if (missing.size === 0) return new Map();
    const before = forgotten;
    const texts = await sealer.open([...missing.values()]);
    const opened = new Map<string, RenderedContent>();
    for (const [i, eventId] of [...missing.keys()].entries()) {
      const content = texts[i] ?? null;
      if (content === null) continue; // Erased: not kept, since it costs no opening.
      const rendered = { content, tokens: tokenize(content) };
      opened.set(eventId, rendered);
      // What was opened before something was forgotten must not come back into the cache after it.
      if (forgotten === before) cache.set(eventId, rendered);
    }
    return opened;
  };

  return {
    render: async (sealed) => {
      const missing = new Map<string, SealedField>();
      const found = sealed.map((text) => {
        if (text.box === null) return ERASED;
        const kept = cache.get(text.eventId);
        if (kept === undefined) missing.set(text.eventId, fieldOf(text, text.box));
        return kept;
      });
      const opened = await open(missing);
      return found.map((text, i) => text ?? opened.get(sealed[i]?.eventId ?? '') ?? ERASED);
    },
    remember: (eventId, content) => {
      const rendered = { content, tokens: tokenize(content) };
      cache.set(eventId, rendered);
      return rendered;
    },
    forget: (eventId) => {
      forgotten += 1;
      cache.delete(eventId);
    },
    forgetAll: () => {
      forgotten += 1;
      cache.clear();
    },
  };
};
