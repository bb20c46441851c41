// The contract pages backwards only. To read forwards from the middle of a history (after a jump), ask for the page
// *before a moment in the future*, guessed from how dense the conversation is: ids are ULIDs, so a moment is an id.

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_DIGITS = 10;
const LATEST = 2 ** 48 - 1;
const LOWEST_REST = '0000000000000000';

/** Milliseconds since 1970 in a ULID. */
export const timeOf = (id: string): number =>
  Array.from(id.slice(0, TIME_DIGITS)).reduce(
    (time, digit) => time * 32 + DIGITS.indexOf(digit),
    0,
  );

/** The lowest ULID of that millisecond. */
export const idAt = (time: number): string => {
  let rest = Math.max(0, Math.min(LATEST, Math.floor(time)));
  let digits = '';
  for (let place = 0; place < TIME_DIGITS; place += 1) {
    digits = `${DIGITS[rest % 32] ?? '0'}${digits}`;
    rest = Math.floor(rest / 32);
  }
  return digits + LOWEST_REST;
};

/** The next ULID: "before" it includes the message itself. */
export const idAfter = (id: string): string => {
  const places = Array.from(id);
  for (let place = places.length - 1; place >= 0; place -= 1) {
    const value = DIGITS.indexOf(places[place] ?? '0');
    if (value < DIGITS.length - 1) {
      places[place] = DIGITS[value + 1] ?? '0';
      return places.join('');
    }
    places[place] = '0';
  }
  return id;
};

type HasId = { readonly message_id: string };

export type ProbeOutcome<A> =
  | { readonly type: 'Found'; readonly newer: readonly A[] }
  | { readonly type: 'Gap' } // The page starts past `last`: something may lie between
  | { readonly type: 'Nothing' }; // Nothing new before that moment

/**
 * Reads a probe's page: only if it reaches back to `last` does what is newer follow directly. The length of a page
 * says nothing, since a server may answer fewer than asked for; an empty page has nothing before it.
 */
export const readProbe = <A extends HasId>(page: readonly A[], last: string): ProbeOutcome<A> => {
  const newer = page.filter(({ message_id }) => message_id > last);
  if (page.length > 0 && newer.length === page.length) return { type: 'Gap' };
  return newer.length === 0 ? { type: 'Nothing' } : { type: 'Found', newer };
};

/** The span to try next, from the longest known to hold nothing and the shortest known to hold too much. */
export const nextSpan = (span: number, empty: number, crowded: number | null): number =>
  crowded === null ? span * 4 : Math.floor((empty + crowded) / 2);

/** First guess: how long such a page took to be written around there, in milliseconds. `held` is oldest first. */
export const firstSpan = (held: readonly HasId[], pageSize: number): number => {
  const [oldest, newest] = [held[0], held.at(-1)];
  if (newest === undefined || oldest === undefined || held.length < 2) return 3_600_000;
  const span = timeOf(newest.message_id) - timeOf(oldest.message_id);
  return Math.max(1, Math.floor((span / held.length) * pageSize * 0.7));
};
