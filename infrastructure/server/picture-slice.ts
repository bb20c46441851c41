// Avatars and banners: their routes, and the removal of what nobody shows.
import { type AccountReader } from '../../application/account/account-reader.ts';
import { createAccounts } from '../../application/account/accounts.ts';
import { createChangePicture } from '../../application/account/change-picture.ts';
import { createReadPicture } from '../../application/account/read-picture.ts';
import { createSweepPictures } from '../../application/account/sweep-pictures.ts';
import { type NewId } from '../../application/ports.ts';
import { createUsernameStream } from '../auth/username-stream.ts';
import { createConcurrency } from '../http/concurrency.ts';
import { pictureRoutes } from '../http/picture-routes.ts';
import { type Log } from '../logging/log.ts';
import { createProcessPicture } from '../picture/process-picture.ts';
import { type ServerFoundation } from './foundation.ts';

export const createPictureSlice = (
  { config, secrets, store, clock, blobs, contentKeys: keys }: ServerFoundation,
  {
    newId,
    people,
    log,
  }: { readonly newId: NewId; readonly people: AccountReader; readonly log: Log },
) => {
  const { limits } = config;
  const usernameStream = createUsernameStream(secrets.masterKey);
  const accounts = createAccounts({ store, usernameStream });
  const sweep = createSweepPictures({ blobs, keys, people, clock });
  return {
    routes: pictureRoutes({
      changePicture: createChangePicture({
        accounts,
        store,
        process: createProcessPicture(),
        blobs,
        onNotPersisted: (reason) => log.warn({ event: 'pictures.persist_failed', reason }),
        keys,
        clock,
        newId,
      }),
      readPicture: createReadPicture({ blobs, keys }),
      people,
      uploads: createConcurrency({
        perKeyMax: limits.uploadsPerUserMax,
        allMax: limits.pictureUploadsMax,
      }),
      limits,
    }),
    sweep: async (): Promise<void> => {
      const removed = await sweep();
      if (removed > 0) log.info({ event: 'pictures.swept', removed });
    },
  };
};
