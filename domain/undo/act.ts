// What an undo looks at: the history of one stream, with each event told apart by whose it is.
import { isLeft } from 'fp-ts/lib/Either.js';
import { type Decider } from '../shared/decider.ts';

/** `undone`: to be taken back. `operator`: an earlier undo. `others`: everything else, which stays. */
export type Whose = 'undone' | 'operator' | 'others';
export type Act<Event> = { readonly event: Event; readonly whose: Whose };

/** The smallest thing that is put back by itself. */
export type Subject = {
  readonly kind:
    | 'guild'
    | 'role'
    | 'channel'
    | 'override'
    | 'member'
    | 'member_role'
    | 'timeout'
    | 'ip_ban'
    | 'message'
    | 'reaction'
    | 'file';
  readonly id: string;
};

export type Why =
  | 'changed_since' // Somebody else has changed it afterwards, and their word stands
  | 'used_since' // It was made by what is undone, and somebody else has put it to use
  | 'left_since' // They have left of their own accord
  | 'account_gone'
  | 'key_erased' // The text can't be read any more
  | 'files_erased' // Files go for good at once
  | 'channel_gone' // It was undone while they wrote in it
  | 'address_gone' // So does the address of a ban that is lifted
  | 'limit_reached'
  | 'not_a_member'
  | 'busy'; // It kept changing while it was looked at: try again

/** What can't be undone. */
export type Refusal = Subject & { readonly why: Why };

export type Plan<Event, State> = {
  readonly events: readonly Event[];
  readonly state: State; // After them
  readonly refusals: readonly Refusal[];
};

const whyOf = (rejection: string): Why => {
  if (rejection.startsWith('TooMany') || rejection === 'TimeoutOutOfBounds') return 'limit_reached';
  return rejection === 'NotAMember' || rejection === 'Banned' ? 'not_a_member' : 'changed_since';
};

/** Has the rules of the aggregate decide on each command in turn; what they reject is refused. */
export const carryOut = <Command, State, Event, Rejection extends { readonly type: string }>(
  { decide, evolve }: Decider<Command, State, Event, Rejection>,
  before: State,
  wanted: readonly { readonly command: Command; readonly subject: Subject }[],
): Plan<Event, State> => {
  const events: Event[] = [];
  const refusals: Refusal[] = [];
  let state = before;
  for (const { command, subject } of wanted) {
    const decided = decide(command, state);
    if (isLeft(decided)) refusals.push({ ...subject, why: whyOf(decided.left.type) });
    else {
      events.push(...decided.right);
      state = decided.right.reduce(evolve, state);
    }
  }
  return { events, state, refusals };
};

/** What was changed by what is undone, and by somebody else after the last time: it stays as they left it. */
export const changedSince = <Event>(
  acts: readonly Act<Event>[],
  written: (event: Event) => readonly Subject[],
): readonly Refusal[] => {
  const found = new Map<string, { subject: Subject; last: Whose }>();
  for (const { event, whose } of acts)
    for (const subject of written(event)) {
      const key = `${subject.kind} ${subject.id}`;
      const known = found.get(key);
      if (whose === 'undone') found.set(key, { subject, last: whose });
      else if (whose === 'operator')
        found.delete(key); // It was put back; what others do after that is theirs.
      else if (known !== undefined) known.last = whose;
    }
  return [...found.values()]
    .filter(({ last }) => last === 'others')
    .map(({ subject }) => ({ ...subject, why: 'changed_since' }));
};
