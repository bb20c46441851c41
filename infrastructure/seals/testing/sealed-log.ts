// A log with a notary on it, and the whole of it as the verifier takes it. For specs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type EventLog } from '../../../application/event-store/event-log.ts';
import { type Timestamp } from '../../../domain/shared/timestamp.ts';
import { sampleAppend, sampleEvent } from '../../event-log/testing/sample-appends.ts';
import { createEventStore } from '../../event-store/event-store.ts';
import { createUuidV7 } from '../../event-store/uuid-v7.ts';
import { createDataKeys } from '../../vault/data-keys.ts';
import { createMemorySalts } from '../../vault/testing/memory-salts.ts';
import { logEventOf } from '../last-seal.ts';
import { createVerifier, type Verdict, type VerifierOptions } from '../log-verifier.ts';
import { startNotary, type Notary, type NotaryPorts } from '../notary.ts';
import { type LogEvent } from '../seal-format.ts';
import { openSigningKeys, type SigningKeys } from '../signing-keys.ts';

const POLL_MS = 2;
const WITHIN_MS = 20_000;

export const INSTALLATION = 'an-installation';
const clock = { now: () => Date.now() as Timestamp };
const newUuid = createUuidV7(clock);

const folders: string[] = [];
/** A file of signing keys of its own; `removeKeyFolders` at the end of the spec. */
export const freshKeys = (): SigningKeys => {
  const folder = mkdtempSync(join(tmpdir(), 'filament-seals-'));
  folders.push(folder);
  return openSigningKeys({ path: join(folder, 'notary-keys'), clock });
};
export const removeKeyFolders = (): void =>
  folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true }));

export const until = async (what: string, holds: () => boolean | Promise<boolean>) => {
  const end = Date.now() + WITHIN_MS;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`Not in time: ${what}`);
    await delay(POLL_MS);
  }
};

export const portsOf = (
  eventLog: EventLog,
  keys: SigningKeys,
  {
    sealEventsMax = 1_000,
    sealSecs = 3_600,
    ...rest
  }: Partial<NotaryPorts['limits'] & NotaryPorts> = {},
): NotaryPorts => ({
  eventLog,
  keys,
  store: createEventStore({
    log: eventLog,
    dataKeys: createDataKeys({ masterKey: Buffer.alloc(32), salts: createMemorySalts() }),
    newUuid,
  }),
  installation: INSTALLATION,
  clock,
  newUuid,
  limits: { sealEventsMax, sealSecs },
  ...rest,
});

/** Appends so many events to a few streams, some with texts that are easily damaged on their way. */
export const fill = async (log: EventLog, events: number): Promise<void> => {
  for (let n = 0; n < events; n += 1) {
    const payload = JSON.stringify({
      n,
      text: ['é "x"', '\u2028\\', '🪶\n', '\u0007 ', ''][n % 5],
    });
    const causationId = n % 3 === 0 ? newUuid() : null;
    const event = sampleEvent({ payload, causationId, scope: n % 4 === 0 ? null : `g:${n % 2}` });
    await log.append(sampleAppend(`sample-${n % 3}`, { events: [event] }))();
  }
};

export const everything = async (log: EventLog): Promise<readonly LogEvent[]> =>
  (await log.readAll(log.start, 1_000_000)).map(logEventOf);

/** Fills a log and has all of it sealed by a notary that ends then: ranges of `size`, and a last one. */
export const sealAll = async (log: EventLog, keys: SigningKeys, sealEventsMax: number) => {
  const notary = startNotary(portsOf(log, keys, { sealEventsMax }));
  await caughtUp(notary, log);
  await notary.stop();
};

/** Resolves when all events but the seals behind its last one are sealed or gathered. */
export const caughtUp = async (notary: Notary, log: EventLog): Promise<void> =>
  until('the notary has caught up', async () => {
    const { sealedTo, unsealed } = notary.state();
    return (await log.readAll(sealedTo, 1_000_000)).length === unsealed;
  });

export const verify = (
  events: readonly LogEvent[],
  options: Partial<VerifierOptions> = {},
): Verdict => {
  const defaults = { keys: [], installation: null, fromStart: true, expected: [] };
  const verifier = createVerifier({ ...defaults, ...options });
  for (const event of events) verifier.event(event);
  return verifier.end();
};
