// A queue that gives up what waited too long, also while no batch can run.
import { left } from 'fp-ts/lib/Either.js';
import { type Append } from '../../../application/event-store/event-log.ts';
import { payloadLength } from '../append-rules.ts';
import { type Outcome } from './append-call.ts';

export type Waiting = {
  readonly append: Append;
  readonly expiresAt: number; // By the monotonic clock
  readonly answer: (outcome: Outcome) => void;
  readonly refuse: (error: unknown) => void;
  retry: boolean; // Tried before with an unknown end: may be stored already
};

export type AppendQueue = {
  readonly push: (command: Waiting) => void;
  readonly putBack: (commands: readonly Waiting[]) => void;
  /** The next batch, bounded in commands and payload, in which no idempotency key is twice. */
  readonly take: () => readonly Waiting[];
  readonly sweep: () => void;
  readonly size: () => number;
};

const COMMANDS_MAX = 1_000; // Bounds how long a batch holds the log's lock
const CHARS_MAX = 8 * 1024 * 1024;

export const unavailable = (reason: string): Outcome => left({ type: 'LogUnavailable', reason });

export const createAppendQueue = (): AppendQueue => {
  let waiting: Waiting[] = [];
  const sweep = (): void => {
    const now = performance.now();
    if (waiting.every(({ expiresAt }) => expiresAt > now)) return;
    const late = waiting.filter(({ expiresAt }) => expiresAt <= now);
    waiting = waiting.filter(({ expiresAt }) => expiresAt > now);
    for (const { answer } of late) answer(unavailable('The deadline passed.'));
  };
  const take = (): readonly Waiting[] => {
    sweep();
    let chars = 0;
    const keys = new Set<string>();
    const taken: Waiting[] = [];
    const held: Waiting[] = []; // Equal requests wait, so that they find the first one's reservation.
    for (const [n, command] of waiting.entries()) {
      const key = command.append.idempotency?.keyHash.toString('latin1');
      chars += payloadLength(command.append);
      if (taken.length === COMMANDS_MAX || (taken.length > 0 && chars > CHARS_MAX)) {
        waiting = [...held, ...waiting.slice(n)];
        return taken;
      }
      if (key !== undefined && keys.has(key)) held.push(command);
      else taken.push(command);
      if (key !== undefined) keys.add(key);
    }
    waiting = held;
    return taken;
  };
  return {
    sweep,
    take,
    push: (command) => void waiting.push(command),
    putBack: (commands) => void waiting.unshift(...commands),
    size: () => waiting.length,
  };
};
