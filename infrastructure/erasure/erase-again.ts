// A restored log may be of before an erasure: it tells nothing of it, while the list of destroyed keys does.
import * as t from 'io-ts';
import { isLeft } from 'fp-ts/lib/Either.js';
import { account } from '../../domain/account/decider.ts';
import { ACCOUNT_EVENTS } from '../../domain/account/events.ts';
import { createUncachedStreams } from '../../application/access/folded-streams.ts';
import { UserId } from '../../domain/shared/ids.ts';
import { type Foundation } from '../server/foundation.ts';
import { queryRows } from '../postgres/database.ts';

const PAGE = 500;
const Row = t.type({ scope: t.string });
const AFTER = `SELECT scope FROM vault.destroyed_keys
  WHERE scope LIKE 'account:%' AND scope > $1 ORDER BY scope LIMIT ${PAGE}`;

/** Has the log tell of erasures that only the list of destroyed keys knows; the server carries them out when it starts. */
export const eraseAgain = async ({
  pool,
  store,
  clock,
  newUuid,
}: Pick<Foundation, 'pool' | 'store' | 'clock' | 'newUuid'>): Promise<void> => {
  const states = createUncachedStreams({
    store,
    folding: { decider: account, kinds: ACCOUNT_EVENTS },
  });
  for (let after = ''; ;) {
    const page = await queryRows(pool, Row, AFTER, [after]);
    for (const { scope } of page) {
      const userId = scope.slice('account:'.length);
      if (!UserId.is(userId)) continue;
      const stream = `account-${userId}`;
      const { state, revision } = await states.get(stream);
      const command = { type: 'EraseAccount' as const, data: { userId, at: clock.now() } };
      const decided = account.decide(command, state);
      if (isLeft(decided) || decided.right.length === 0) continue; // Not in this log, or told there.
      const appended = await store.append({
        ...{ stream, expected: revision, events: decided.right },
        context: { actor: 'operator', correlationId: newUuid() },
      })();
      if (isLeft(appended)) throw new Error(`An erasure was not taken: ${appended.left.type}.`);
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.scope;
  }
};
