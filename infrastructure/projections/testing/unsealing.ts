import { type Sealer } from '../../../application/event-store/event-store.ts';

/** Opens the boxes of an event feed, which seals nothing: each is its own text. */
export const unsealing: Sealer = {
  open: (fields) => Promise.resolve(fields.map(({ box }) => box)),
};
