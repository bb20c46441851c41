// How many guilds a person made, in a stream of its own, so that the cap holds however many requests run at once.
import { left, right } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { type Decider } from '../shared/decider.ts';
import { eventKind, type EventOf } from '../shared/event-kind.ts';
import { GuildId, UserId } from '../shared/ids.ts';
import { Timestamp } from '../shared/timestamp.ts';

/**
 * Taken before the guild is made; the guild's own events follow. `request` is the hash of the idempotency key that came
 * with it, so that the repeat of a request that took the last slot is known for what it is.
 */
const GuildSlotTaken = eventKind(
  'GuildSlotTaken',
  1,
  t.exact(
    t.intersection([
      t.type({ userId: UserId, guildId: GuildId, at: Timestamp }),
      t.partial({ request: t.string }),
    ]),
  ),
);

export const CREATOR_SLOT_EVENTS = [GuildSlotTaken] as const;
export type CreatorSlotEvent = EventOf<(typeof CREATOR_SLOT_EVENTS)[number]>;

/** When each slot was taken, and by which request. */
type Slot = { readonly takenAt: Timestamp; readonly request: string | null };
export type CreatorSlots = ReadonlyMap<GuildId, Slot>;

export type TakeGuildSlot = {
  readonly userId: UserId;
  readonly guildId: GuildId;
  readonly at: Timestamp;
  readonly slotsMax: number;
  readonly request: string | null;
  readonly repeatableMs: number; // How long a request can be repeated under its key
  /** Guilds that were never made after all, because the server died in between: their slots are free. */
  readonly abandoned: ReadonlySet<GuildId>;
};

export type CreatorSlotRejection = { readonly type: 'NoFreeSlot' };

export const creatorSlots: Decider<
  TakeGuildSlot,
  CreatorSlots,
  CreatorSlotEvent,
  CreatorSlotRejection
> = {
  initialState: new Map(),
  decide: ({ userId, guildId, at, slotsMax, request, repeatableMs, abandoned }, slots) => {
    if (slots.has(guildId)) return right([]);
    // The log will refuse the repeat of a request, with the first answer, so its own slot does not stand in its way.
    const isRepeat = (slot: Slot): boolean =>
      request !== null && slot.request === request && at - slot.takenAt < repeatableMs;
    const taken = [...slots].filter(([id, slot]) => !abandoned.has(id) && !isRepeat(slot)).length;
    if (taken >= slotsMax) return left({ type: 'NoFreeSlot' });
    const data = { userId, guildId, at, ...(request !== null && { request }) };
    return right([{ type: 'GuildSlotTaken', data }]);
  },
  evolve: (slots, { data }) =>
    new Map(slots).set(data.guildId, { takenAt: data.at, request: data.request ?? null }),
};
