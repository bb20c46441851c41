// Whether what a client presents is a place of this very log that this process has come to (docs/PROTOCOL.md, Resuming).
import { type ResumeRefusal } from '../../application/contract/resume-frames.ts';
import { type EventLog } from '../../application/event-store/event-log.ts';
import { parsePlace, START_MARK, type Place } from '../../application/feed/place.ts';
import { type ResumeSource } from './replay-pages.ts';
import { type Told } from './told.ts';

export type PresentedPlace =
  | { readonly type: 'place'; readonly place: Place }
  | { readonly type: 'refused'; readonly reason: ResumeRefusal };

const refused = (reason: ResumeRefusal): PresentedPlace => ({ type: 'refused', reason });

/** The place before everything; it stands in every log, and nobody presents it but who was told it. */
export const startPlace = (start: EventLog['start']): Place => ({
  position: start,
  mark: START_MARK,
});

export const checkPresented = async ({
  source,
  told,
  presented,
  waitMs,
}: {
  readonly source: ResumeSource;
  readonly told: Told;
  readonly presented: { readonly installation_id: string; readonly position: string };
  readonly waitMs: number;
}): Promise<PresentedPlace> => {
  const place = parsePlace(presented.position);
  if (place === null) return refused('malformed_position');
  if (presented.installation_id !== source.installationId) return refused('unknown_installation');
  const head = await source.head();
  // Positions of another kind of log have another width; their order would mean nothing.
  if (place.position.length !== head.length) return refused('position_unknown');
  if (place.position > head) return refused('position_beyond_head');
  // Another process may have told it before this one has come so far.
  if (!(await told.waitFor(place.position, waitMs))) return refused('busy');
  const mark = /^0+$/.test(place.position) ? START_MARK : await source.feed.markAt(place.position);
  return mark === place.mark ? { type: 'place', place } : refused('position_unknown');
};
