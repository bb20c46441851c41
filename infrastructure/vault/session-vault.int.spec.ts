import * as fc from 'fast-check';
import { type FreshSession, type Rotation } from '../../application/session/session-vault.ts';
import { type SessionId, type UserId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { migrate } from '../postgres/migrations.ts';
import { freshDatabase, type TestDatabase } from '../testing/database.ts';
import { VAULT_MIGRATIONS } from './migrations.ts';
import { createPasswordVault } from './password-vault.ts';
import { createSessionVault, REPEAT_SECS_MAX } from './session-vault.ts';
import { sweepVault } from './vault-sweep.ts';

const DAY = 86_400;
const IDLE = 30 * DAY;
const ABSOLUTE = 90 * DAY;
const userId = '01J00000000000000000000VSR' as UserId;
const noon = 1_767_268_800_123 as Timestamp;
const later = (seconds: number): Timestamp => (noon + seconds * 1000) as Timestamp;

describe('the vault of sessions', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await freshDatabase();
    await migrate(database.pool, VAULT_MIGRATIONS);
  });
  afterAll(() => database.drop());

  const vault = () =>
    createSessionVault({
      pool: database.pool,
      masterKey: Buffer.alloc(32, 5),
      idleSecs: IDLE,
      absoluteSecs: ABSOLUTE,
    });

  let made = 0;
  const signIn = async (): Promise<FreshSession> => {
    made += 1;
    const sessionId = `01J0000000000000000${String(made).padStart(7, '0')}` as SessionId;
    const session = vault().begin({ sessionId, userId, now: noon });
    const { refreshHash, expiresAt } = session.write;
    await database.pool.query(
      `INSERT INTO vault.sessions (session_id, user_id, refresh_hash, started_at, expires_at)
       VALUES ($1, $2, $3, to_timestamp($4::float8 / 1000), to_timestamp($5::float8 / 1000))`,
      [sessionId, userId, refreshHash, noon, expiresAt],
    );
    return session;
  };
  const rotate = (refreshToken: string, idempotencyKey: string | null = null, now = later(1)) =>
    vault().rotate({ refreshToken, idempotencyKey, now });
  const rotated = async (...request: Parameters<typeof rotate>) => {
    const rotation = await rotate(...request);
    if (rotation.type !== 'Rotated') throw new Error(`expected a rotation, got ${rotation.type}`);
    return rotation;
  };
  const answerOf = (rotation: Rotation) => ({ ...rotation, type: 'Answer' });

  it('exchanges a token for its successor and renews the session', async () => {
    const { refreshToken, sessionId } = await signIn();
    const rotation = await rotated(refreshToken, null, later(DAY));
    expect(rotation).toMatchObject({ sessionId, userId, issuedAt: later(DAY) });
    expect(rotation.expiresAt).toBe(later(DAY + IDLE));
    expect(rotation.refreshToken).toMatch(new RegExp(`^${sessionId}\\.[A-Za-z0-9_-]{43}$`));
    expect(await vault().holderOf(refreshToken)).toBeNull();
    expect(await vault().holderOf(rotation.refreshToken)).toEqual({
      sessionId,
      userId,
      startedAt: noon,
      refreshedAt: later(DAY),
      expiresAt: later(DAY + IDLE),
      revoked: false,
    });
  });

  it('never outlives the absolute limit', async () => {
    let { refreshToken } = await signIn();
    for (const day of [29, 58, 87]) {
      const rotation = await rotated(refreshToken, null, later(day * DAY));
      expect(rotation.expiresAt).toBe(later(Math.min(day * DAY + IDLE, ABSOLUTE)));
      refreshToken = rotation.refreshToken;
    }
    expect(await rotate(refreshToken, null, later(ABSOLUTE))).toEqual({ type: 'Refused' });
  });

  it('refuses the malformed, the unknown and the expired, and revokes nothing for them', async () => {
    const { refreshToken, sessionId } = await signIn();
    const guessed = `${sessionId}.${'A'.repeat(43)}`;
    const unknown = `01JZZZZZZZZZZZZZZZZZZZZZZZ.${'A'.repeat(43)}`;
    const malformed = [
      '',
      'x',
      refreshToken.toLowerCase(),
      `${refreshToken}=`,
      `${refreshToken}\n`,
    ];
    for (const token of [guessed, unknown, ...malformed]) {
      expect(await rotate(token)).toEqual({ type: 'Refused' });
      expect(await vault().holderOf(token)).toBeNull();
    }
    expect(await rotate(refreshToken, null, later(IDLE))).toEqual({ type: 'Refused' });
    expect((await rotate(refreshToken, null, later(IDLE - 1))).type).toBe('Rotated');
  });

  it('revokes the session when a used token comes back, however long after', async () => {
    const { refreshToken, sessionId } = await signIn();
    const second = await rotated(refreshToken);
    const third = await rotated(second.refreshToken);
    expect(await rotate(refreshToken, null, later(29 * DAY))).toEqual({
      type: 'Replayed',
      sessionId,
      userId,
    });
    expect(await rotate(third.refreshToken)).toEqual({ type: 'Refused' });
    expect((await vault().holderOf(third.refreshToken))?.revoked).toBe(true);
  });

  it('repeats its answer for a repeat of the same request, up to a minute', async () => {
    const { refreshToken } = await signIn();
    const first = await rotated(refreshToken, 'k', noon);
    const repeat = await rotate(refreshToken, 'k', later(REPEAT_SECS_MAX));
    expect(repeat.type).toBe('Repeated');
    expect(answerOf(repeat)).toEqual(answerOf(first));
    expect((await rotate(refreshToken, 'k', later(REPEAT_SECS_MAX + 1))).type).toBe('Replayed');
  });

  it('repeats nothing once its answer was used', async () => {
    const { refreshToken } = await signIn();
    const first = await rotated(refreshToken, 'k');
    await rotated(first.refreshToken, 'k2');
    expect((await rotate(refreshToken, 'k')).type).toBe('Replayed');
  });

  it.each([
    ['another key', 'k', 'other'],
    ['no key', 'k', null],
    ['a key where there was none', null, 'k'],
    ['no key twice', null, null],
  ])('takes a repeat with %s for a replay', async (_, first, second) => {
    const { refreshToken, sessionId } = await signIn();
    await rotated(refreshToken, first);
    expect((await rotate(refreshToken, second)).type).toBe('Replayed');
    expect((await vault().find(sessionId))?.revoked).toBe(true);
  });

  // What must hold however concurrent refreshes of one token fall.
  const raceOnce = async (keys: readonly (string | null)[]): Promise<void> => {
    const { refreshToken, sessionId } = await signIn();
    const outcomes = await Promise.all(keys.map((key) => rotate(refreshToken, key)));
    const winners = outcomes.filter(({ type }) => type === 'Rotated');
    expect(winners).toHaveLength(1);
    const winner = winners[0]!;
    const winningKey = keys[outcomes.indexOf(winner)];
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome === winner) continue;
      if (keys[index] !== winningKey || winningKey === null) expect(outcome.type).toBe('Replayed');
      if (outcome.type === 'Repeated') expect(answerOf(outcome)).toEqual(answerOf(winner));
    }
    const replayed = outcomes.some(({ type }) => type === 'Replayed');
    const oneRequest = winningKey !== null && keys.every((key) => key === winningKey);
    expect(replayed).toBe(!oneRequest);
    expect((await vault().find(sessionId))?.revoked).toBe(replayed);
  };

  it('lets at most one of concurrent refreshes through, in 1,000 races', async () => {
    const contenders = fc.array(fc.constantFrom('a', 'b', null), { minLength: 2, maxLength: 4 });
    const races = fc.sample(contenders, { numRuns: 1_000, seed: 7 });
    // Eight sessions at once, so that their statements interleave on all connections.
    const lanes = Array.from({ length: 8 }, async (_, lane) => {
      for (let race = lane; race < races.length; race += 8) await raceOnce(races[race]!);
    });
    await Promise.all(lanes);
  }, 120_000);

  it('lists and counts the sessions that live', async () => {
    await database.pool.query('DELETE FROM vault.sessions');
    const [first, second, third] = [await signIn(), await signIn(), await signIn()];
    await rotated(second.refreshToken);
    await rotate(second.refreshToken);
    const live = (now: Timestamp, limit = 10) => vault().liveSessions({ userId, now, limit });
    expect((await live(noon)).map(({ sessionId }) => sessionId)).toEqual([
      first.sessionId,
      third.sessionId,
    ]);
    expect(await live(noon, 1)).toHaveLength(1);
    expect(await live(later(IDLE))).toEqual([]);
  });

  it('sweeps what time has made useless, in batches', async () => {
    const { pool } = database;
    await pool.query('TRUNCATE vault.sessions, vault.used_refresh_tokens');
    for (let i = 0; i < 5; i += 1) await rotated((await signIn()).refreshToken, null, noon);
    const sweep = (now: Timestamp, batchesMax: number) =>
      sweepVault({ pool, now, batchMax: 2, batchesMax });
    const nothing = {
      sessions: 0,
      used_refresh_tokens: 0,
      idempotency: 0,
      ip_bans: 0,
      ip_observations: 0,
    };
    await pool.query(`
      INSERT INTO vault.ip_bans SELECT 'b' || n, 'g', sha256('x'), to_timestamp(n) FROM generate_series(1, 3) n;
      INSERT INTO vault.ip_bans VALUES ('forever', 'g', sha256('x'), NULL);
      INSERT INTO vault.ip_observations SELECT 'u', sha256(n::text::bytea), NULL, now(), to_timestamp(n)
        FROM generate_series(1, 3) n;`);
    const stale = { ...nothing, ip_bans: 3, ip_observations: 3 };
    expect(await sweep(noon, 9)).toEqual(stale);
    expect((await pool.query('SELECT FROM vault.ip_bans')).rowCount).toBe(1);
    const hour = 3_600;
    expect(await sweep(later(IDLE + hour - 1), 9)).toEqual(nothing);
    const due = later(IDLE + hour);
    expect(await sweep(due, 1)).toEqual({ ...nothing, sessions: 2, used_refresh_tokens: 2 });
    expect(await sweep(due, 9)).toEqual({ ...nothing, sessions: 3, used_refresh_tokens: 3 });
  });

  it('replaces a hash only by one of the same password', async () => {
    const { pool } = database;
    const passwords = createPasswordVault({ pool });
    expect(await passwords.phcOf(userId)).toBeNull();
    await pool.query(`INSERT INTO vault.passwords (user_id, phc) VALUES ($1, 'old')`, [userId]);
    expect(await passwords.rehash({ userId, from: 'older', to: 'new' })).toBe(false);
    expect(await passwords.phcOf(userId)).toBe('old');
    expect(await passwords.rehash({ userId, from: 'old', to: 'new' })).toBe(true);
    expect(await passwords.phcOf(userId)).toBe('new');
  });
});
