// Frames as text: compact, `v, t, d` first to last, all keys inside `d` in alphabetical order (base contract 4.4).
import { GATEWAY_VERSION } from '../../application/contract/frame.ts';

// Most frames are built in this order, and then need no copy.
const isInOrder = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isInOrder);
  let before = '';
  for (const key in value) {
    if (key < before || !isInOrder((value as Readonly<Record<string, unknown>>)[key])) return false;
    before = key;
  }
  return true;
};

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
};

export type Frame = {
  readonly t: string;
  readonly d: unknown;
  /** More frames of the same event follow, so that its place is not reached with this one. */
  readonly isPartial?: true;
};

/** `place`: where the event stands that everything is told of once this frame is. */
export type PlacedFrame = { readonly frame: Frame; readonly place: string | undefined };

/** A frame as it goes out. */
export type Serialised = { readonly text: string; readonly bytes: number };

/** With a place, the frame says that everything up to it was told. */
export const frameText = ({ t, d, isPartial }: Frame, place: string | null = null): string => {
  const s = place === null || isPartial === true ? '' : `,"s":${JSON.stringify(place)}`;
  return `{"v":${GATEWAY_VERSION},"t":${JSON.stringify(t)},"d":${JSON.stringify(isInOrder(d) ? d : sorted(d))}${s}}`;
};
