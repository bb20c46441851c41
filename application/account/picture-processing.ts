import { type Either } from 'fp-ts/lib/Either.js';
import { type PictureKind } from '../../domain/account/events.ts';

export type ProcessedPicture = { readonly bytes: Buffer; readonly mimeType: string };

/**
 * Decodes an uploaded picture and encodes it anew, without what else the file held. `Refused` for anything that is no
 * picture of a kind we take, is not of the type its sender declared, or would cost too much; `Busy` when too many wait.
 */
export type ProcessPicture = (upload: {
  readonly kind: PictureKind;
  readonly bytes: Buffer;
  readonly declaredType: string | null;
}) => Promise<Either<'Refused' | 'Busy', ProcessedPicture>>;
