// Fills a running installation's log with messages, through the event store and not over HTTP, so that a large log is there
// soon: as its own process would write them, sealed and in group commits.
import { randomUUID } from 'node:crypto';
import { isLeft } from 'fp-ts/lib/Either.js';
import { type MessageId } from '../../../domain/shared/ids.ts';
import { createPostgresLog } from '../../event-log/postgres/postgres-log.ts';
import { createEventStore } from '../../event-store/event-store.ts';
import { createUuidV7 } from '../../event-store/uuid-v7.ts';
import { createPool } from '../../postgres/database.ts';
import { loadSecrets } from '../../secrets/secrets.ts';
import { createNewId, systemClock } from '../../server/clock-and-ids.ts';
import { createDataKeys } from '../../vault/data-keys.ts';
import { createSaltTable } from '../../vault/salt-table.ts';
import { type Person, type Place } from '../people.ts';
import { databaseUrl } from '../test-site.ts';

const AT_ONCE = 512;

/** Resolves with the id of the last one. */
export const seedMessages = async (
  dataDirectory: string,
  { userId }: Person,
  place: Place,
  count: number,
): Promise<MessageId> => {
  const url = await databaseUrl(dataDirectory);
  const pool = createPool({ url, name: 'seed', max: 2 });
  const log = createPostgresLog({ url, pool, queueMax: 2 * AT_ONCE });
  const secrets = await loadSecrets({ dataDirectory, masterKey: null, databasePassword: null });
  const dataKeys = createDataKeys({
    masterKey: secrets.masterKey,
    salts: createSaltTable({ pool }),
  });
  const store = createEventStore({ log, dataKeys, newUuid: createUuidV7(systemClock) });
  const newId = createNewId(systemClock);
  let last = newId<'Message'>();
  const write = async (n: number): Promise<void> => {
    const messageId = newId<'Message'>();
    last = messageId > last ? messageId : last;
    const data = {
      ...{ ...place, messageId, authorId: userId, attachmentIds: [] },
      content: `before, number ${n}`,
      at: systemClock.now(),
    };
    const appended = await store.append({
      stream: `message-${messageId}`,
      expected: 'no_stream',
      events: [{ type: 'MessagePosted', data }],
      context: { actor: `user:${userId}`, correlationId: randomUUID() },
    })();
    if (isLeft(appended)) throw new Error(`not written: ${appended.left.type}`);
  };
  let begun = 0;
  const writer = async (): Promise<void> => {
    while (begun < count) {
      begun += 1;
      await write(begun);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, writer));
  await log.close();
  await pool.end();
  return last;
};
