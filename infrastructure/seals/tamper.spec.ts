// Everything that can be done to a small log and to its export, and that each of these is named.
import { hash } from 'node:crypto';
import { type EventLog } from '../../application/event-store/event-log.ts';
import { createKurrentLog } from '../event-log/kurrentdb/kurrent-log.ts';
import { createMemoryLog } from '../event-log/memory/memory-log.ts';
import { createFakeKurrent } from '../event-log/testing/fake-kurrent.ts';
import { createMemoryReservations } from '../event-log/testing/memory-reservations.ts';
import { sampleAppend, sampleEvent } from '../event-log/testing/sample-appends.ts';
import { createExportVerifier, type ExportVerdict } from './export-verifier.ts';
import { exportLog } from './export-log.ts';
import { type Finding, type VerifierOptions } from './log-verifier.ts';
import { leafHash, sealOf, type LogEvent } from './seal-format.ts';
import {
  everything,
  fill,
  freshKeys,
  INSTALLATION,
  removeKeyFolders,
  sealAll,
  verify,
} from './testing/sealed-log.ts';

jest.setTimeout(300_000);
afterAll(removeKeyFolders);

const openKurrent = (): EventLog =>
  createKurrentLog({
    client: createFakeKurrent({ faults: 0 }),
    writeVault: () => Promise.resolve(),
    reservations: createMemoryReservations(),
    appendsMax: 1_000,
  });

const build = async (log: EventLog) => {
  const keys = freshKeys();
  for (const events of [6, 3]) {
    await fill(log, events);
    await sealAll(log, keys, 4);
  }
  const [key] = await keys.read();
  const sealed = verify(await everything(log)).lastSeal!;
  await fill(log, 2); // Without a seal
  const events = await everything(log);
  const options = { keys: [key!.publicKey], installation: INSTALLATION, expected: [sealed.hash] };
  const lines = exportLog(log, {
    ...{ installation: INSTALLATION, from: null, to: await log.head(), madeAt: 1, key: key! },
  });
  let exported = '';
  for await (const text of lines) exported += text;
  return { events, sealed, options, exported: Buffer.from(exported, 'utf8') };
};
type Built = Awaited<ReturnType<typeof build>>;

const FIELDS = [
  'position',
  'stream',
  'revision',
  'eventId',
  'type',
  'version',
  'scope',
  'actor',
  'correlationId',
  'causationId',
  'recordedAt',
  'payload',
] as const satisfies readonly (keyof LogEvent)[];

/** An event with one byte of one field another, for each byte; null once as a text. */
function* byteFlips(event: LogEvent): Generator<LogEvent> {
  for (const field of FIELDS) {
    const value = event[field];
    if (value === null) yield { ...event, [field]: '' };
    const bytes = Buffer.from(String(value ?? ''), 'utf8');
    for (const index of bytes.keys()) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(index) ^ 1, index);
      const text = flipped.toString('utf8');
      yield { ...event, [field]: typeof value === 'number' ? Number(text) : text };
    }
  }
}

const names = (finding: Finding | null, ...positions: readonly string[]): boolean => {
  if (finding === null) return false;
  const { position, range } = finding;
  return positions.some(
    (one) => one === position || (range !== null && range.first <= one && one <= range.last),
  );
};
/** Renumbers as whoever has the database would, so that positions have no gaps. */
const renumbered = (events: readonly LogEvent[]): readonly LogEvent[] =>
  events.map((event, index) => ({ ...event, position: String(index + 1).padStart(20, '0') }));

let byPostgres: Built;
let byKurrent: Built;
beforeAll(async () => {
  byPostgres = await build(createMemoryLog());
  byKurrent = await build(openKurrent());
});
const logs = [
  ['without gaps in its positions', () => byPostgres],
  ['with gaps in its positions', () => byKurrent],
] as const;

describe.each(logs)('of a log %s', (_, built) => {
  const sealedOf = ({ events, sealed }: Built) =>
    events.filter(({ position }) => position <= sealed.position);
  const check = (events: readonly LogEvent[], options: Partial<VerifierOptions> = {}) =>
    verify(events, { ...built().options, ...options }).finding;

  it('nothing is wrong when nothing was done', () => {
    const { events, sealed } = built();
    expect(check(events)).toBeNull();
    expect(events.filter(({ position }) => position > sealed.last)).toHaveLength(3);
    expect(events.filter((event) => sealOf(event) !== null).length).toBeGreaterThan(2);
  });

  it('any part of it verifies, and so does every range that is in it whole', () => {
    const { events } = built();
    const inside = { fromStart: false, expected: [] };
    for (let from = 0; from < events.length; from += 1) {
      const part = events.slice(from);
      expect(check(part, inside)).toBeNull();
      const whole = part.flatMap((event) => sealOf(event) ?? []);
      const seal = whole.find(({ first }) => first >= part[0]!.position);
      const index = part.findIndex(({ position }) => position === seal?.last);
      if (index === -1) continue;
      const altered = part.with(index, { ...part[index]!, actor: 'user:2' });
      expect(names(check(altered, inside), part[index]!.position)).toBe(true);
    }
  });

  it('every byte of every field is named when it is another', () => {
    const { events, sealed } = built();
    let flips = 0;
    for (const [index, event] of sealedOf(built()).entries()) {
      for (const flipped of byteFlips(event)) {
        flips += 1;
        const finding = check(events.with(index, flipped));
        // Of the last seal only the receipt knows: it is missed by its hash.
        const isNamed =
          names(finding, event.position, flipped.position) ||
          (event.position === sealed.position && finding?.what.includes(sealed.hash));
        if (isNamed !== true) throw new Error(JSON.stringify({ finding, event, flipped }));
      }
    }
    expect(flips).toBeGreaterThan(3_000);
  });

  it('every drop is named, also when positions are given out anew', () => {
    const { events, sealed } = built();
    for (const [index, { position }] of sealedOf(built()).entries()) {
      const rest = events.toSpliced(index, 1);
      const finding = check(rest);
      if (position.length === 20) expect(finding).toMatchObject({ kind: 'missing', position });
      else
        expect([finding?.kind, names(finding, position) || position === sealed.position]).toEqual([
          expect.stringMatching(/missing|altered|inserted/),
          true,
        ]);
      if (position.length === 20) expect(check(renumbered(rest))).not.toBeNull();
    }
  });

  it('every two that changed places are named', () => {
    const { events } = built();
    const sealed = sealedOf(built());
    for (let i = 0; i < sealed.length; i += 1) {
      for (let j = i + 1; j < sealed.length; j += 1) {
        const [a, b] = [events[i]!, events[j]!];
        const moved = check(events.with(i, b).with(j, a));
        expect(moved?.kind).toBe('reordered');
        const exchanged = events
          .with(i, { ...b, position: a.position })
          .with(j, { ...a, position: b.position });
        const finding = check(exchanged);
        if (!names(finding, a.position, b.position))
          throw new Error(JSON.stringify({ finding, a, b }));
      }
    }
  });

  it('every insertion is named', () => {
    const { events } = built();
    for (const [index, event] of sealedOf(built()).entries()) {
      const forged = { ...event, payload: '{"forged":true}', type: 'MemberJoined', stream: 'm-1' };
      expect(names(check(events.toSpliced(index, 0, forged)), event.position)).toBe(true);
      if (event.position.length === 20)
        expect(check(renumbered(events.toSpliced(index, 0, forged)))).not.toBeNull();
    }
  });

  it('every truncation is named by whoever kept a receipt, or knows a position', () => {
    const { events, sealed } = built();
    const end = sealedOf(built()).length;
    for (let length = 0; length < end; length += 1) {
      const cut = events.slice(0, length);
      expect(check(cut)?.what).toContain(`the seal ${sealed.hash} is not there`);
      expect(check(cut, { expected: [sealed.position] })?.kind).toBe('missing');
    }
    expect(check(events.slice(0, end))).toBeNull();
    expect(check(events.slice(0, end), { expected: [sealed.position] })).toBeNull();
  });

  it('a log sealed anew with another key is named when the key is known', async () => {
    const { events } = built();
    const log = createMemoryLog();
    for (const { stream, payload } of events.filter((event) => sealOf(event) === null)) {
      await log.append(sampleAppend(stream, { events: [sampleEvent({ payload })] }))();
    }
    await sealAll(log, freshKeys(), 4);
    const forged = await everything(log);
    expect(check(forged, { expected: [] })?.kind).toBe('untrusted');
    expect(check(forged, { expected: [], keys: [] })).toBeNull();
  });
});

const verifyExport = (bytes: Buffer, options: Built['options']): ExportVerdict => {
  const verifier = createExportVerifier(options);
  let begin = 0;
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, begin)) {
    verifier.line(bytes.subarray(begin, end));
    begin = end + 1;
  }
  return verifier.end(bytes.subarray(begin));
};

// Each byte of the one; of the other, which differs in its positions, every seventh.
const exports = [
  [...logs[0], 1],
  [...logs[1], 7],
] as const;
describe.each(exports)('of an export of a log %s', (_, built, step) => {
  const check = (bytes: Buffer) => verifyExport(bytes, built().options);
  const linesOf = () => built().exported.toString('utf8').split('\n').slice(0, -1);
  const join = (lines: readonly string[]) => Buffer.from(lines.map((line) => `${line}\n`).join(''));
  const positionOf = (line: string) => /"position":"(\d+)"/.exec(line)?.[1] ?? '';

  it('nothing is wrong when nothing was done', () => {
    const { exported, events } = built();
    expect(check(exported)).toMatchObject({ finding: null, events: events.length, line: null });
  });

  it('every byte is named by its line when it is another', () => {
    const { exported } = built();
    const [lines, total] = [linesOf(), linesOf().length];
    let line = 1;
    for (const [index, byte] of exported.entries()) {
      if (byte !== 10 && index % step !== 0) continue;
      const flipped = Buffer.from(exported);
      flipped.writeUInt8(byte ^ 1, index);
      const verdict = check(flipped);
      const isEvent = line > 1 && line < total;
      const isNamed = isEvent
        ? verdict.line === line || names(verdict.finding, positionOf(lines[line - 1]!))
        : verdict.finding !== null;
      if (!isNamed) throw new Error(JSON.stringify({ index, line, verdict }));
      if (byte === 10) line += 1;
    }
    expect(line).toBe(total + 1);
  });

  it('every truncation is named, to the byte', () => {
    const { exported } = built();
    for (let length = 0; length < exported.length; length += step)
      expect(check(exported.subarray(0, length)).finding?.kind).toMatch(/missing|altered/);
  });

  it('every line that is missing, doubled or moved is named', () => {
    const lines = linesOf();
    for (let i = 1; i < lines.length - 1; i += 1) {
      const dropped = check(join(lines.toSpliced(i, 1)));
      expect(dropped.finding?.kind).toBe(i === lines.length - 2 ? 'altered' : 'missing');
      expect(check(join(lines.toSpliced(i, 0, lines[i]!)))).toMatchObject({
        finding: { kind: 'inserted', position: positionOf(lines[i]!) },
        line: i + 2,
      });
      for (let j = i + 1; j < lines.length - 1; j += 1) {
        const moved = check(join(lines.with(i, lines[j]!).with(j, lines[i]!)));
        expect(moved).toMatchObject({ finding: { kind: 'reordered' }, line: i + 1 });
      }
    }
    expect(check(join([...lines, lines[1]!])).finding?.kind).toBe('inserted');
    expect(check(join(lines.slice(1))).finding).not.toBeNull();
  });

  it('an altered event is named by its range when all hashes beside events are made anew', () => {
    const { sealed, options } = built();
    const lines = linesOf();
    for (const [index, event] of built().events.entries()) {
      const altered = { ...event, actor: 'user:2' };
      let before: string | null = null;
      const relinked = built().events.map((one, at) => {
        const now = at === index ? altered : one;
        const fields = JSON.parse(lines[at + 1]!) as Record<string, unknown>;
        const line = { ...fields, actor: now.actor, leaf: leafHash(now), after: before };
        before = line.leaf;
        return JSON.stringify(line);
      });
      const text = join([lines[0]!, ...relinked]);
      const sha256 = hash('sha256', text);
      const trailer = { ...(JSON.parse(lines.at(-1)!) as object), sha256 };
      const { finding } = verifyExport(
        Buffer.concat([text, join([JSON.stringify(trailer)])]),
        options,
      );
      if (event.position < sealed.position) expect(names(finding, event.position)).toBe(true);
      else if (event.position === sealed.position) expect(finding).not.toBeNull();
      else expect(finding?.what).toBe('the signature of the trailer is wrong');
    }
  });
});
