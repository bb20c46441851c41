import path from 'node:path';
import { type BlobStore } from '../../application/blob/blob-store.ts';
import { type Config } from '../config/config.ts';
import { s3SettingsOf } from '../config/blob-variables.ts';
import { type Log } from '../logging/log.ts';
import { openFolderObjects } from './folder-objects.ts';
import { type ObjectStore } from './object-store.ts';
import { openS3Objects } from './s3/s3-objects.ts';
import { type S3Settings } from './s3/s3-settings.ts';
import { createSealedBlobStore } from './sealed-blob-store.ts';

export type OpenBlobStore = BlobStore & { readonly close: () => Promise<void> };

type Opened = ObjectStore & { readonly close?: () => void };

const reasonOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause));

const openFolder = async (root: string): Promise<Opened> => {
  try {
    return await openFolderObjects({ root });
  } catch (cause) {
    throw new Error(
      `The folder for attachments can't be used (${reasonOf(cause)}). ` +
        'Set FILAMENT_ATTACHMENT_ROOT to a folder that this user may write to.',
      { cause },
    );
  }
};

const openBucket = async (
  settings: S3Settings,
  { drafts, installation, log }: { drafts: string; installation: string; log: Log },
): Promise<Opened> => {
  const onFailure = (err: Error) => log.warn({ event: 'blobs.retry', err });
  try {
    return await openS3Objects({ settings, drafts, installation, onFailure });
  } catch (cause) {
    const place = `bucket ${settings.bucket} at ${settings.endpoint}`;
    throw new Error(`The ${place} can't be used. ${reasonOf(cause)}`, { cause });
  }
};

type Surroundings = { readonly installation: string; readonly log: Log };

/** Opens the place for bytes that the configuration names, as they are at rest; rejects with what to do if it can't. */
export const openObjects = (
  config: Config,
  { installation, log }: Surroundings,
): Promise<Opened> => {
  const settings = s3SettingsOf(config);
  const data = path.resolve(config.dataDirectory);
  return settings === null
    ? openFolder(path.resolve(config.attachmentRoot ?? path.join(data, 'attachments')))
    : openBucket(settings, { drafts: path.join(data, 'incoming'), installation, log });
};

/** Opens the store of bytes that the configuration names; rejects with what to do when it can't be used. */
export const openBlobStore = async (
  config: Config,
  surroundings: Surroundings,
): Promise<OpenBlobStore> => {
  const objects = await openObjects(config, surroundings);
  return {
    ...createSealedBlobStore(objects),
    close: () => {
      objects.close?.();
      return Promise.resolve();
    },
  };
};
