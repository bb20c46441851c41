// Checks an export, line by line: a header, one line for each event, a trailer. See docs/log-verification.md.
import { createHash } from 'node:crypto';
import {
  createVerifier,
  type Finding,
  type Verdict,
  type VerifierOptions,
} from './log-verifier.ts';
import { isSignedBy, signedExport } from './seal-format.ts';

type Fields = Readonly<Record<string, unknown>>;

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.isWellFormed();
const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value);
const isNumber = (value: unknown): value is number => Number.isSafeInteger(value);
const isPosition = (value: unknown): value is string =>
  isText(value) && /^(?:\d{20}|\d{40})$/.test(value);

type Shape = Readonly<Record<string, (value: unknown) => boolean>>;
type Shaped<S extends Shape> = {
  readonly [K in keyof S]: S[K] extends (value: unknown) => value is infer A ? A : never;
};

const HEADER = {
  filament_log_export: (value: unknown): value is 1 => value === 1,
  installation: isText,
  from: isTextOrNull, // Position of the first event; null: the log from its start
  to: isPosition,
  made_at: isNumber,
} as const;
const EVENT = {
  position: isPosition,
  stream: isText,
  revision: isNumber,
  event_id: isText,
  type: isText,
  version: isNumber,
  scope: isTextOrNull,
  actor: isText,
  correlation_id: isText,
  causation_id: isTextOrNull,
  recorded_at: isNumber,
  payload: isText,
  leaf: isText,
  after: isTextOrNull,
} as const;
const TRAILER = { events: isNumber, sha256: isText, key: isText, signature: isText } as const;

export type ExportHeader = Shaped<typeof HEADER>;
export type ExportedEvent = Shaped<typeof EVENT>;
export type ExportTrailer = Shaped<typeof TRAILER>;

const has = <S extends Shape>(shape: S, fields: Fields): fields is Shaped<S> =>
  Object.keys(fields).join() === Object.keys(shape).join() &&
  Object.entries(shape).every(([name, fits]) => fits(fields[name]));

/** Null unless the line is an object written as JSON.stringify writes it: one text for one content. */
const parse = (text: string): Fields | null => {
  try {
    const value: unknown = JSON.parse(text);
    const isPlain = typeof value === 'object' && value !== null && JSON.stringify(value) === text;
    return isPlain ? (value as Fields) : null;
  } catch {
    return null;
  }
};

export type ExportVerdict = Verdict & {
  readonly line: number | null; // Of the finding
  readonly header: ExportHeader | null;
};

/** What only the trailer knows: lines that no seal covers, and whether any are missing at the end. */
const closing = (
  trailer: ExportTrailer | null,
  there: { readonly events: number; readonly sha256: string },
  { last, trustedKeys }: Verdict,
): Finding | null => {
  const wrong = (kind: Finding['kind'], what: string): Finding => ({
    ...{ kind, position: null, stream: null, range: null, what },
  });
  if (trailer === null)
    return wrong('missing', `there is no trailer: it is cut off after ${last ?? 'the header'}`);
  const { events, sha256, key, signature } = trailer;
  if (events !== there.events || sha256 !== there.sha256)
    return wrong('altered', 'the header, the trailer or an event without a seal: sums differ');
  if (!isSignedBy(key, signedExport(sha256), signature))
    return wrong('altered', 'the signature of the trailer is wrong');
  return trustedKeys.length === 0 || trustedKeys.includes(key)
    ? null
    : wrong('untrusted', `the trailer is signed with ${key}, which nobody vouches for`);
};

/** Takes the lines of an export without their line ends; `end` takes what stands after the last of these. */
export const createExportVerifier = (options: Omit<VerifierOptions, 'fromStart'>) => {
  const digest = createHash('sha256');
  let verifier = createVerifier({ ...options, fromStart: true });
  let header: ExportHeader | null = null;
  let trailer: ExportTrailer | null = null;
  let own: Finding | null = null;
  let line: number | null = null;
  let [lines, events] = [0, 0];

  const stop = (kind: Finding['kind'], what: string, position: string | null = null): void => {
    if (own === null && !verifier.failed())
      own = { kind, position, stream: null, range: null, what };
  };
  const begin = (fields: Fields | null): void => {
    if (fields === null || !has(HEADER, fields)) {
      stop('altered', 'this is no header of an export');
      return;
    }
    header = fields;
    const installation = options.installation ?? fields.installation;
    if (fields.installation !== installation) stop('altered', 'this is another installation');
    verifier = createVerifier({ ...options, installation, fromStart: fields.from === null });
  };
  const takeEvent = ({ leaf, after, ...event }: ExportedEvent): void => {
    const { event_id: eventId, correlation_id: correlationId, recorded_at: recordedAt } = event;
    events += 1;
    if (own !== null) return;
    const ids = { eventId, correlationId, causationId: event.causation_id };
    verifier.event({ ...event, ...ids, recordedAt }, { leaf, after });
  };
  const take = (text: string): void => {
    const fields = parse(text);
    if (header === null) begin(fields);
    else if (trailer !== null) stop('inserted', 'something stands after the trailer');
    else if (fields !== null && has(EVENT, fields)) takeEvent(fields);
    else if (fields !== null && has(TRAILER, fields)) trailer = fields;
    else stop('altered', 'the line is damaged', /"position":"(\d{20,40})"/.exec(text)?.[1]);
  };

  return {
    line: (bytes: Uint8Array): void => {
      lines += 1;
      take(Buffer.from(bytes).toString('utf8'));
      if (trailer === null) digest.update(bytes).update('\n');
      if (own !== null || verifier.failed()) line ??= lines;
    },
    end: (rest: Uint8Array): ExportVerdict => {
      if (rest.length > 0) {
        lines += 1;
        stop('missing', 'the last line is cut off');
        line ??= lines;
      }
      const verdict = verifier.end();
      const there = { events, sha256: digest.digest('hex') };
      const failed = own ?? (line === null ? null : verdict.finding);
      return {
        ...verdict,
        header,
        line,
        finding: failed ?? closing(trailer, there, verdict) ?? verdict.finding,
      };
    },
  };
};
