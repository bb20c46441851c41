import { type Position } from './event-store/event-log.ts';
import { type Done } from './ports.ts';

/** The answer of a command whose outcome is all there is to say. */
export type Accepted = { readonly accepted: true };

export const accepted = ({ position }: { readonly position: Position | null }): Done<Accepted> => ({
  answer: { accepted: true },
  position,
});
