// What a socket hears that comes back after an absence. All of it is for that socket alone.
import { type Act, type EventRow, type Told } from './event-row.ts';

export const OPENING: Act = { by: 'member', opens: 'a socket that resumes' };
const WHERE = [{ guild_id: '$guildId', channel_ids: ['$channelId'] }];
export const resuming = (rest: object = {}): Act => ({
  by: 'opened',
  sends: 'resume',
  d: {
    installation_id: '$installation',
    position: '$placeOfReady',
    subscriptions: WHERE,
    ...rest,
  },
});
const toldOpened = (t: Told['t'], d: object): Told => ({ t, d, to: ['opened'] });
/** What else a resume tells depends on all that was missed: gateway/resume.spec.ts and resume-oracle.spec.ts hold it. */
export const TOLD_BY_RESUME: readonly string[] = ['missed_summary'];

export const RESUME_EVENT_ROWS: readonly EventRow[] = [
  {
    what: 'a resume of another installation’s place',
    before: [OPENING],
    acts: [resuming({ installation_id: 'elsewhere' })],
    told: [toldOpened('resume_refused', { reason: 'unknown_installation', position: '$place' })],
  },
];
