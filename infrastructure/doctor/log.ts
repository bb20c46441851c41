// The log and what follows it: settings of the database, clocks, seals, read models, backups.
import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import {
  type EventLog,
  type RecordedStoredEvent,
} from '../../application/event-store/event-log.ts';
import { type EventStore } from '../../application/event-store/event-store.ts';
import { type Projector } from '../../projections/projector.ts';
import { type Queryable, queryRows, type Pool } from '../postgres/database.ts';
import { unsafeSettings } from '../postgres/durability.ts';
import { projectionStatus } from '../projections/projection-status.ts';
import { findLastSeal } from '../seals/last-seal.ts';
import { failed, ok, warning, type Finding } from './finding.ts';

const SKEW_MS = 2_000;
const SEAL_OVERDUE = 3; // Times what a seal is due in
const BACKUP_OLD_MS = 7 * 86_400_000;
const DAY_MS = 86_400_000;
const LAG_MANY = 10_000;

export const lookAtDurability = async (database: Queryable): Promise<Finding> => {
  const unsafe = await unsafeSettings(database);
  return unsafe.length === 0
    ? ok('database', 'keeps what it acknowledges')
    : failed(
        'database',
        `could lose acknowledged messages: ${unsafe.join(', ')}`,
        `Turn on ${unsafe.join(', ')} in the configuration of PostgreSQL.`,
      );
};

const Now = t.type({ now: t.number });

/** Compares this machine's clock with the database's, whose times are those of the log. */
export const lookAtClock = async (database: Queryable, now: () => number): Promise<Finding> => {
  const before = now();
  const [row] = await queryRows(
    database,
    Now,
    'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now',
  );
  const skew = Math.round((row?.now ?? 0) - (before + now()) / 2);
  const found = `${Math.abs(skew)} ms from the database’s`;
  return Math.abs(skew) < SKEW_MS
    ? ok('clock', found)
    : failed('clock', found, 'Set both machines’ clocks by NTP: tokens and times depend on them.');
};

export const lookAtSeals = async (
  log: Pick<EventLog, 'readStream' | 'head' | 'start'>,
  sealSecs: number,
  now: number,
): Promise<Finding> => {
  const head = await log.head();
  const { seal } = await findLastSeal(log);
  if (seal === null)
    return head === log.start
      ? ok('seals', 'nothing to seal yet')
      : warning('seals', 'the log has none', 'Let the server run: its notary seals the log.');
  const ageSecs = Math.round((now - seal.at) / 1_000);
  const found = `sealed up to ${seal.last}, ${ageSecs} s ago`;
  return head > seal.position && ageSecs > SEAL_OVERDUE * sealSecs
    ? warning('seals', found, 'If the server runs, look for notary.retry in its log.')
    : ok('seals', found);
};

export const lookAtProjections = async (
  pool: Pool,
  store: Pick<EventStore, 'head'>,
  projectors: readonly Projector[],
): Promise<readonly Finding[]> => {
  const all = await projectionStatus({ pool, store, projectors });
  const findings: Finding[] = [];
  for (const { name, version, lag, parked, keptVersion } of all) {
    const about = `read model ${name}`;
    const wanted = projectors.find((projector) => projector.name === name)?.version;
    if (version !== wanted)
      findings.push(
        warning(
          about,
          version === null ? 'not built' : `of version ${version}, not ${wanted}`,
          'The next start of the server builds it.',
        ),
      );
    if (parked > 0)
      findings.push(
        failed(
          about,
          `${parked} events set aside`,
          `See ops.parked_events for why; \`filament projections rebuild ${name}\` tries them again.`,
        ),
      );
    if (lag !== null && lag > LAG_MANY)
      findings.push(
        warning(about, `${lag} events behind`, 'Start the server, and see that it catches up.'),
      );
    if (keptVersion !== null)
      findings.push(
        warning(
          about,
          'keeps the tables that a rebuild replaced',
          `\`filament projections drop ${name}\` frees their room once you need no rollback.`,
        ),
      );
  }
  return findings.length > 0 ? findings : [ok('read models', `all ${all.length} are built`)];
};

const PAGE = 100;

/** The newest event of a type in the stream of operators' acts, read backwards a page at a time; null when there is none. */
const newestAct = async (
  log: Pick<EventLog, 'readStream'>,
  type: string,
): Promise<RecordedStoredEvent | null> => {
  let from: number | undefined;
  for (;;) {
    const range = { backwards: true, limit: PAGE };
    const page = await log.readStream('log', from === undefined ? range : { ...range, from });
    const found = page.find((event) => event.type === type);
    if (found !== undefined) return found;
    const oldest = page.at(-1)?.revision ?? 0;
    if (page.length < PAGE || oldest === 0) return null;
    from = oldest - 1;
  }
};

const Made = t.type({ backup: t.string, at: t.number });

/** The age of the newest backup, by what the log tells of backups. */
export const lookAtBackups = async (
  log: Pick<EventLog, 'readStream'>,
  now: number,
): Promise<Finding> => {
  const next = 'Run `filament backup create` regularly, and keep the key elsewhere.';
  const last = await newestAct(log, 'BackupCreated');
  if (last === null) return warning('backups', 'none was ever made', next);
  const made = Made.decode(JSON.parse(last.payload));
  if (isLeft(made))
    return warning('backups', 'what the log tells of the last one can’t be read', next);
  const { backup, at } = made.right;
  const found = `${backup}, ${Math.floor((now - at) / DAY_MS)} days old`;
  return now - at > BACKUP_OLD_MS ? warning('backups', found, next) : ok('backups', found);
};
