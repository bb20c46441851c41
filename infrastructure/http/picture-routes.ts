// Avatars and banners (base contract 2.2 and 2.3). Shown to anybody, since browsers load them without a token (D1).
import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import {
  type AccountReader,
  type StoredPicture,
} from '../../application/account/account-reader.ts';
import { type ChangePicture } from '../../application/account/change-picture.ts';
import { type ReadPicture } from '../../application/account/read-picture.ts';
import { Profile } from '../../application/contract/answers.ts';
import { INVALID, NOT_FOUND, type Failure } from '../../application/failure.ts';
import { type Limits } from '../../application/limits.ts';
import { type PictureKind } from '../../domain/account/events.ts';
import { type UserId } from '../../domain/shared/ids.ts';
import { type Concurrency } from './concurrency.ts';
import { userId } from './path-params.ts';
import { route, type Outcome, type Route } from './route.ts';
import { requireTransfer, type Transfer } from './transfer.ts';

export type PictureRoutesPorts = {
  readonly changePicture: ChangePicture;
  readonly readPicture: ReadPicture;
  readonly people: Pick<AccountReader, 'picture'>;
  /** Uploads held in memory at once: of one person, and of all. */
  readonly uploads: Concurrency;
  readonly limits: Pick<Limits, 'avatarBytesMax' | 'bannerBytesMax'>;
};

const TOO_LARGE: Failure = { type: 'PayloadTooLarge' };
const RETRY_SECS = 1;

/** The whole body, which is small enough to be held. */
const readBody = async (
  { body, contentLength }: Transfer,
  bytesMax: number,
): Promise<Either<Failure, Buffer>> => {
  if (contentLength !== null && contentLength > bytesMax) return left(TOO_LARGE);
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of body) {
      size += part.length;
      if (size > bytesMax) return left(TOO_LARGE);
      parts.push(part);
    }
  } catch {
    return left(INVALID); // The sender broke off.
  }
  return right(Buffer.concat(parts));
};

const headersOf = ({ mimeType, sizeBytes, sha256Hex }: StoredPicture) => ({
  'content-type': mimeType,
  'content-length': sizeBytes,
  etag: `"${sha256Hex}"`,
  'cache-control': 'public, max-age=300',
  'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
});

/** Whether an `If-None-Match` names this tag (RFC 9110 13.1.2: compared weakly). */
const names = (ifNoneMatch: string | null, tag: string): boolean =>
  ifNoneMatch !== null &&
  ifNoneMatch.split(',').some((one) => ['*', tag, `W/${tag}`].includes(one.trim()));

const upload =
  ({ changePicture, uploads, limits }: PictureRoutesPorts, kind: PictureKind) =>
  async (
    by: UserId,
    transfer: Transfer,
    context: Parameters<ChangePicture>[0]['context'],
  ): Promise<Outcome> => {
    const end = uploads.begin(by);
    if (typeof end === 'string')
      return left({
        type: end === 'key_full' ? 'RateLimited' : 'Unavailable',
        retryAfterSecs: RETRY_SECS,
      });
    try {
      const bytesMax = kind === 'avatar' ? limits.avatarBytesMax : limits.bannerBytesMax;
      const bytes = await readBody(transfer, bytesMax);
      if (isLeft(bytes)) return bytes;
      const declaredType = transfer.contentType;
      return await changePicture({ by, kind, bytes: bytes.right, declaredType, context });
    } finally {
      end();
    }
  };

const download =
  ({ people, readPicture }: PictureRoutesPorts, kind: PictureKind) =>
  async (of: UserId, transfer: Transfer): Promise<Outcome> => {
    const picture = await people.picture(of, kind);
    if (picture === null) return left(NOT_FOUND);
    const headers = headersOf(picture);
    const answer = { answer: undefined, position: null };
    if (names(transfer.ifNoneMatch, headers.etag)) {
      const { etag, 'cache-control': cache } = headers;
      const file = { headers: { etag, 'cache-control': cache }, bytes: null };
      return right({ ...answer, status: 304, file });
    }
    if (transfer.isHead) return right({ ...answer, file: { headers, bytes: null } });
    const bytes = await readPicture(kind, picture);
    return isLeft(bytes) ? bytes : right({ ...answer, file: { headers, bytes: bytes.right } });
  };

export const pictureRoutes = (ports: PictureRoutesPorts): readonly Route[] =>
  (['avatar', 'banner'] as const).flatMap((kind) => {
    const change = upload(ports, kind);
    const show = download(ports, kind);
    return [
      route({
        method: 'GET',
        url: `/users/:userId/${kind}`,
        auth: 'none',
        transfers: 'download',
        summary: `A person’s ${kind}; the version in \`?v=\` is for caches only.`,
        answer: 'bytes',
        otherAnswers: { 304: null },
        failures: ['not_found'],
        params: { userId },
        handle: ({ params, transfer }) => show(params.userId, requireTransfer(transfer)),
      }),
      route({
        method: 'POST',
        url: `/users/me/profile/${kind}`,
        auth: 'bearer',
        transfers: 'upload',
        limit: `profile_${kind}_upload`,
        summary: `Makes the body, a picture, your ${kind}.`,
        answer: Profile,
        failures: ['payload_too_large'],
        handle: ({ identity, transfer, context }) =>
          change(identity.userId, requireTransfer(transfer), context),
      }),
    ];
  });
