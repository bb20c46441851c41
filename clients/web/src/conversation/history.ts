// How stretches of history are fetched; what becomes of them is `timeline.ts`.
import { isLeft, right } from 'fp-ts/lib/Either.js';
import { type Message } from '../../../../application/contract/answers.ts';
import { type Api, PAGE_MESSAGES } from '../api/api.ts';
import { type Answer } from '../api/http.ts';
import { firstSpan, idAfter, idAt, nextSpan, readProbe, timeOf } from './probe.ts';

const PROBES_MAX = 60;
const REFILL_PAGE = 100;
const REFILL_PAGES_MAX = 10;

export type Place = { readonly guildId: string; readonly channelId: string };
type History = { readonly api: Pick<Api, 'messages'>; readonly place: Place };

/** The newest page, and whether it is everything: only an empty page tells that nothing is older. */
export const fetchLatest = async ({
  api,
  place,
}: History): Promise<
  Answer<{ readonly messages: readonly Message[]; readonly reachedStart: boolean }>
> => {
  const page = await api.messages(place, null);
  if (isLeft(page)) return page;
  const { messages } = page.right;
  const oldest = messages.at(-1);
  if (oldest === undefined) return right({ messages, reachedStart: true });
  if (messages.length >= PAGE_MESSAGES) return right({ messages, reachedStart: false });
  // A short page is most likely everything: asking now lets a small channel show whole at once.
  const older = await api.messages(place, oldest.message_id);
  if (isLeft(older)) return right({ messages, reachedStart: false });
  return right({
    messages: [...messages, ...older.right.messages],
    reachedStart: older.right.messages.length === 0,
  });
};

export const fetchOlder = async (
  { api, place }: History,
  oldest: string,
): Promise<Answer<readonly Message[]>> => {
  const page = await api.messages(place, oldest);
  return isLeft(page) ? page : right(page.right.messages);
};

/** The message and what came before it. */
export const fetchUpTo = ({ api, place }: History, messageId: string) =>
  fetchOlder({ api, place }, idAfter(messageId));

/** What directly follows `held` (oldest first, not empty), and whether that is all up to now. */
export const fetchNewer = async (
  { api, place }: History,
  held: readonly Message[],
  now: number,
): Promise<Answer<{ readonly messages: readonly Message[]; readonly reachedPresent: boolean }>> => {
  const last = held.at(-1)?.message_id ?? '';
  let span = firstSpan(held.slice(-PAGE_MESSAGES), PAGE_MESSAGES);
  let empty = 0;
  let crowded: number | null = null;
  for (let probe = 0; probe < PROBES_MAX; probe += 1) {
    const moment = timeOf(last) + span;
    const atPresent = moment >= now;
    const page = await api.messages(place, atPresent ? null : idAt(moment));
    if (isLeft(page)) return page;
    const outcome = readProbe(page.right.messages, last);
    if (outcome.type === 'Found')
      return right({ messages: outcome.newer, reachedPresent: atPresent });
    if (outcome.type === 'Nothing' && atPresent)
      return right({ messages: [], reachedPresent: true });
    if (outcome.type === 'Gap') crowded = span;
    else empty = span;
    span = nextSpan(span, empty, crowded);
    if (crowded !== null && crowded - empty <= 1) break; // More in one millisecond than fits a page
  }
  return right({ messages: [], reachedPresent: false });
};

/**
 * Everything from now back to `newestHeld`, for after a lost connection. `joined` is false when too much was missed to
 * fetch it all: then there is a gap between what is held and what came back.
 */
export const fetchMissed = async (
  { api, place }: History,
  newestHeld: string | null,
): Promise<Answer<{ readonly messages: readonly Message[]; readonly joined: boolean }>> => {
  const messages: Message[] = [];
  let before: string | null = null;
  for (let fetched = 0; fetched < REFILL_PAGES_MAX; fetched += 1) {
    const page: Awaited<ReturnType<Api['messages']>> = await api.messages(
      place,
      before,
      REFILL_PAGE,
    );
    if (isLeft(page)) return page;
    messages.push(...page.right.messages);
    const oldest = page.right.messages.at(-1);
    if (oldest === undefined) return right({ messages, joined: true });
    if (newestHeld !== null && oldest.message_id <= newestHeld)
      return right({ messages, joined: true });
    before = oldest.message_id;
  }
  return right({ messages, joined: false });
};
