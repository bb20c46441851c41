// Checks a log against the seals in it. With seal-format.ts it is complete and needs nothing but node:crypto, so that both
// can be read in one sitting, taken elsewhere and trusted there.
import {
  createTree,
  isSignedBy,
  leafHash,
  sealOf,
  signedBytes,
  type LogEvent,
  type Seal,
} from './seal-format.ts';

export type Finding = {
  readonly kind: 'altered' | 'missing' | 'inserted' | 'reordered' | 'untrusted';
  readonly position: string | null; // Of the event concerned; null when only its range is known
  readonly stream: string | null;
  readonly range: { readonly first: string; readonly last: string } | null;
  readonly what: string;
};

export type Verdict = {
  readonly finding: Finding | null; // The first one
  readonly events: number;
  readonly last: string | null;
  readonly seals: number;
  readonly lastSeal: (Seal & { readonly position: string; readonly hash: string }) | null;
  readonly unsealed: { readonly events: number; readonly first: string } | null; // After the last sealed event
  readonly unchecked: number; // Events at the beginning whose range begins before them
  readonly trustedKeys: readonly string[];
};

export type VerifierOptions = {
  readonly keys: readonly string[]; // Trusted; when there are none, the first seal's own key is
  readonly installation: string | null; // Null: that of the first seal
  readonly fromStart: boolean; // Whether the first event of the log comes first
  readonly expected: readonly string[]; // Hashes or positions of seals that must be there
};

// Between the end of a range and its seal stand a few events; only the backlog of a notary that began late is longer.
export const WAITING_MAX = 2_000_000;

type Place = { readonly position: string; readonly leaf: string };

const found = (kind: Finding['kind'], event: LogEvent, what: string): Finding => ({
  ...{ kind, position: event.position, stream: event.stream, range: null, what },
});

/** What is wrong with the place of an event after the one before it. */
const misplaced = (event: LogEvent, before: Place | null, fromStart: boolean): Finding | null => {
  const { position } = event;
  if (before === null && !fromStart) return null;
  const last = before?.position ?? '0'.repeat(position.length);
  if (position === last) return found('inserted', event, 'another event has this position, too');
  if (position < last)
    return {
      ...found('reordered', event, `it stands after ${last}`),
      range: { first: position, last },
    };
  if (last.length !== 20) return null;
  const next = String(BigInt(last) + 1n).padStart(20, '0');
  return position === next
    ? null
    : {
        ...found('missing', event, `after ${last} comes ${position}`),
        ...{ position: next, stream: null },
      };
};

/** What is wrong with the events that wait for a seal, by the range it says it covers. */
const brokenRange = (waiting: readonly Place[], count: number, seal: Seal): Finding | null => {
  const { first, last, events, root } = seal;
  const wrong = (kind: Finding['kind'], what: string): Finding => ({
    ...{ kind, position: null, stream: null, range: { first, last }, what },
  });
  if (count !== events)
    return wrong(
      count < events ? 'missing' : 'inserted',
      `${events} events were sealed, ${count} are there`,
    );
  const tree = createTree();
  for (const { leaf } of waiting.slice(0, count)) tree.add(leaf);
  if (
    tree.root() === root &&
    waiting[0]?.position === first &&
    waiting[count - 1]?.position === last
  )
    return null;
  return wrong('altered', 'the events of this range do not give the hash that was signed');
};

/** The seals met so far, and the events that wait for the next one. */
const createSealChain = (options: VerifierOptions, awaited: Set<string>) => {
  const { keys, installation, fromStart } = options;
  const trusted = new Set(keys);
  let waiting: Place[] = [];
  let lastSeal: Verdict['lastSeal'] = null;
  let doubt: Finding | null = null;
  let [seals, unchecked] = [0, 0];
  let begin: string | null = null; // Position of the very first event

  const vouch = (event: LogEvent, { key, nextKey }: Seal): void => {
    if (trusted.size === 0) trusted.add(key);
    if (trusted.has(key)) {
      // It vouches for the seals before it, whoever signed them, and for the key that comes after its own.
      doubt = null;
      if (nextKey !== null) trusted.add(nextKey);
    } else {
      doubt ??= found('untrusted', event, `it is signed with ${key}, which nobody vouches for`);
    }
  };
  const unchained = (event: LogEvent, { first }: Seal): Finding => {
    const start = waiting[0]?.position ?? event.position;
    if (lastSeal !== null && start === first)
      return {
        ...found('altered', event, `the seal at ${event.position} knows it with another hash`),
        position: lastSeal.position,
      };
    return {
      ...found('missing', event, `a seal that the one at ${event.position} names is not there`),
      ...{ position: null, range: { first: start, last: event.position } },
    };
  };
  /** Whether the range of a seal begins before what there is to see. */
  const isPartial = ({ first }: Seal): boolean => !fromStart && first < (begin ?? first);
  const broken = (event: LogEvent, seal: Seal, count: number): Finding | null => {
    if (!isSignedBy(seal.key, signedBytes(seal), seal.signature))
      return found('altered', event, 'the signature of this seal is wrong');
    if (seal.installation !== (lastSeal?.installation ?? installation ?? seal.installation))
      return found('inserted', event, 'this seal is of another installation');
    if ((lastSeal !== null || fromStart) && seal.previous !== (lastSeal?.hash ?? null))
      return unchained(event, seal);
    return isPartial(seal) ? null : brokenRange(waiting, count, seal);
  };
  return {
    wait: (place: Place): void => {
      if (waiting.length >= WAITING_MAX)
        throw new Error(`More than ${WAITING_MAX} events wait for a seal.`);
      begin ??= place.position;
      waiting.push(place);
    },
    seal: (event: LogEvent, hash: string, seal: Seal): Finding | null => {
      const beyond = waiting.findIndex(({ position }) => position > seal.last);
      const count = beyond === -1 ? waiting.length : beyond;
      const finding = broken(event, seal, count);
      if (finding !== null) return finding;
      if (isPartial(seal)) unchecked += count;
      waiting = waiting.slice(count);
      seals += 1;
      lastSeal = { ...seal, position: event.position, hash };
      awaited.delete(hash);
      awaited.delete(event.position);
      vouch(event, seal);
      return null;
    },
    end: () => {
      const [first] = waiting;
      const unsealed =
        first === undefined ? null : { events: waiting.length, first: first.position };
      return { doubt, seals, lastSeal, unsealed, unchecked, trustedKeys: [...trusted] };
    },
  };
};

/** What an export gives beside each event: its hash, and that of the event before it. */
export type Written = { readonly leaf: string; readonly after: string | null };

/** Takes all events in order and gives its verdict at the end. */
export const createVerifier = (options: VerifierOptions) => {
  const awaited = new Set(options.expected);
  const chain = createSealChain(options, awaited);
  let before: Place | null = null;
  let finding: Finding | null = null;
  let events = 0;

  const check = (event: LogEvent, leaf: string, written?: Written): Finding | null => {
    if (written !== undefined && written.leaf !== leaf)
      return found('altered', event, 'it does not give the hash written beside it');
    const place = misplaced(event, before, options.fromStart);
    if (place !== null || written === undefined) return place;
    if (written.after === (before?.leaf ?? null)) return null;
    const kind = event.position.length === 20 ? 'altered' : 'missing';
    return found(kind, event, 'it names another event before it than is there');
  };
  const take = (event: LogEvent, leaf: string, written?: Written): Finding | null => {
    const wrong = check(event, leaf, written);
    before = { position: event.position, leaf };
    if (wrong !== null) return wrong;
    events += 1;
    chain.wait(before);
    const seal = sealOf(event);
    if (seal === undefined) return found('altered', event, 'this seal can not be read');
    return seal === null ? null : chain.seal(event, leaf, seal);
  };

  return {
    failed: (): boolean => finding !== null,
    event: (event: LogEvent, written?: Written): void => {
      if (finding === null) finding = take(event, leafHash(event), written);
      // What seemed to be missing stands further down.
      else if (finding.kind === 'missing' && event.position < (before?.position ?? ''))
        finding = { ...finding, kind: 'reordered', what: `${event.position} stands further down` };
    },
    end: (): Verdict => {
      const { doubt, ...rest } = chain.end();
      const last = before?.position ?? null;
      const [absent] = awaited;
      finding ??= doubt;
      if (absent !== undefined)
        finding ??= {
          ...{ kind: 'missing', position: null, stream: 'log', range: null },
          what: `the seal ${absent} is not there; the log ends with ${last ?? 'nothing'}`,
        };
      return { finding, events, last, ...rest };
    },
  };
};
