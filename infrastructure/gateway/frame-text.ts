// Frames as text: compact, `v, t, d` first to last, all keys inside `d` in alphabetical order (base contract 4.4).
import { GATEWAY_VERSION } from '../../application/contract/frame.ts';

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

/** With a place, the frame says that everything up to it was told. */
export const frameText = ({ t, d, isPartial }: Frame, place: string | null = null): string => {
  const s = place === null || isPartial === true ? '' : `,"s":${JSON.stringify(place)}`;
  return `{"v":${GATEWAY_VERSION},"t":${JSON.stringify(t)},"d":${JSON.stringify(sorted(d))}${s}}`;
};
