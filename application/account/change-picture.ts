// Bytes first, durable under a key nobody has yet; then the event and the key in one append. What a crash leaves in
// between are bytes that nobody can read any more, which the sweep removes.
import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { account as accountDecider } from '../../domain/account/decider.ts';
import { type PictureKind } from '../../domain/account/events.ts';
import { type PictureId, type UserId } from '../../domain/shared/ids.ts';
import { type BlobName, type BlobStore } from '../blob/blob-store.ts';
import { type ContentKeys } from '../blob/content-keys.ts';
import { type Profile } from '../contract/answers.ts';
import { type CommandContext, type EventStore } from '../event-store/event-store.ts';
import { appendFailure } from '../execute.ts';
import { INVALID, UNAUTHENTICATED, type Failure } from '../failure.ts';
import { type Clock, type Done, type NewId } from '../ports.ts';
import { type Accounts } from './accounts.ts';
import { type ProcessPicture } from './picture-processing.ts';
import { profileOfAccount } from './profiles.ts';

const ATTEMPTS_MAX = 3;
const BUSY: Failure = { type: 'Unavailable', retryAfterSecs: 2 };

export const pictureScope = (pictureId: PictureId): string => `picture:${pictureId}`;
export const pictureBlob = (kind: PictureKind, pictureId: PictureId): BlobName => ({
  kind: kind === 'avatar' ? 'avatars' : 'banners',
  id: pictureId,
});

export type ChangePicture = (request: {
  readonly by: UserId;
  readonly kind: PictureKind;
  readonly bytes: Buffer;
  readonly declaredType: string | null;
  readonly context: CommandContext;
}) => Promise<Either<Failure, Done<t.OutputOf<typeof Profile>>>>;

type Ports = {
  readonly accounts: Accounts;
  readonly store: Pick<EventStore, 'append'>;
  readonly process: ProcessPicture;
  readonly blobs: Pick<BlobStore, 'write' | 'remove'>;
  /** Told why the store of bytes kept nothing. */
  readonly onNotPersisted: (reason: string) => void;
  readonly keys: Pick<ContentKeys, 'fresh' | 'destroy'>;
  readonly clock: Clock;
  readonly newId: NewId;
};

async function* whole(bytes: Buffer) {
  yield await Promise.resolve(bytes);
}

export const createChangePicture = (ports: Ports): ChangePicture => {
  const { accounts, store, process, blobs, onNotPersisted, keys, clock, newId } = ports;

  /** Erases a picture nobody shows any more; what fails here the sweep does later. */
  const discard = async (kind: PictureKind, pictureId: PictureId): Promise<void> => {
    await keys.destroy(pictureScope(pictureId));
    await blobs.remove(pictureBlob(kind, pictureId));
  };

  return async ({ by, kind, bytes, declaredType, context }) => {
    if (bytes.length === 0) return left(INVALID);
    const processed = await process({ kind, bytes, declaredType });
    if (isLeft(processed)) return left(processed.left === 'Busy' ? BUSY : INVALID);
    const { mimeType } = processed.right;
    const pictureId = newId<'Picture'>();
    const key = keys.fresh(pictureScope(pictureId));
    const written = await blobs.write({
      name: pictureBlob(kind, pictureId),
      key: key.key,
      source: whole(processed.right.bytes),
      bytesMax: processed.right.bytes.length,
    })();
    if (isLeft(written)) {
      const { left: failure } = written;
      onNotPersisted(failure.type === 'StoreUnavailable' ? failure.reason : failure.type);
      return left(BUSY);
    }
    const { sha256Hex } = written.right;
    const sizeBytes = written.right.sizeBytes as t.Int;
    for (let attempts = 0; attempts < ATTEMPTS_MAX; attempts += 1) {
      const { state, revision } = await accounts.account(by);
      const data = { userId: by, kind, pictureId, mimeType, sizeBytes, sha256Hex, at: clock.now() };
      const decided = accountDecider.decide({ type: 'ChangePicture', data }, state);
      if (isLeft(decided)) return left(UNAUTHENTICATED);
      const appended = await store.append({
        stream: accounts.accountStream(by),
        expected: revision,
        events: decided.right,
        context,
        vault: [key.write],
      })();
      if (isLeft(appended)) {
        if (appended.left.type === 'WrongExpectedRevision') continue;
        // After a lost answer nobody knows whether it was written, so the bytes stay for the sweep to judge.
        return left(
          appended.left.type === 'AlreadyDone'
            ? { type: 'Conflict' }
            : appendFailure(appended.left),
        );
      }
      const former = state?.pictures[kind];
      if (former) await discard(kind, former.pictureId).catch(() => {});
      const profile = profileOfAccount(decided.right.reduce(accountDecider.evolve, state));
      if (isLeft(profile)) return left(UNAUTHENTICATED);
      return right({ answer: profile.right, position: appended.right.position });
    }
    return left({ type: 'Conflict' });
  };
};
