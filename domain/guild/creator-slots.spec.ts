import { specFor } from '../shared/testing/spec-for.ts';
import { guildNo, noon, userNo } from '../shared/testing/samples.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import { creatorSlots, type CreatorSlotEvent, type TakeGuildSlot } from './creator-slots.ts';

const { given } = specFor(creatorSlots);
const taken = (number: number): CreatorSlotEvent => ({
  type: 'GuildSlotTaken',
  data: { userId: userNo(1), guildId: guildNo(number), at: noon },
});
const takenBy = (number: number, request: string): CreatorSlotEvent => ({
  type: 'GuildSlotTaken',
  data: { userId: userNo(1), guildId: guildNo(number), at: noon, request },
});
const take = (number: number, more: Partial<TakeGuildSlot> = {}): TakeGuildSlot => ({
  ...taken(number).data,
  slotsMax: 2,
  abandoned: new Set(),
  request: null,
  repeatableMs: 1000,
  ...more,
});

describe('guild slots of a creator', () => {
  it('are given up to the limit', () => {
    given(taken(1)).when(take(2)).thenEmits(taken(2));
    given(taken(1), taken(2)).when(take(3)).thenRejects({ type: 'NoFreeSlot' });
  });
  it('are free again when the guild was never made', () =>
    given(taken(1), taken(2))
      .when(take(3, { abandoned: new Set([guildNo(1)]) }))
      .thenEmits(taken(3)));
  it('are taken once per guild', () => given(taken(1)).when(take(1)).thenEmits());
  it('let the repeat of a request through to the log, which knows the first answer', () => {
    const past = [taken(1), takenBy(2, 'a')];
    given(...past)
      .when(take(3, { request: 'a' }))
      .thenEmits(takenBy(3, 'a'));
    given(...past)
      .when(take(3, { request: 'b' }))
      .thenRejects({ type: 'NoFreeSlot' });
    const late = { request: 'a', at: (noon + 1000) as Timestamp };
    given(...past)
      .when(take(3, late))
      .thenRejects({ type: 'NoFreeSlot' });
  });
});
