import { right } from 'fp-ts/lib/Either.js';
import { type UserId } from '../../domain/shared/ids.ts';
import { storageDecider, type StorageCommand } from '../../domain/storage/decider.ts';
import { type Storage } from '../../domain/storage/storage.ts';
import { type CommandContext } from '../event-store/event-store.ts';
import { type Execute } from '../execute.ts';
import { INVALID, type Failure } from '../failure.ts';
import { storageStream, type AttachmentStates } from './attachment-streams.ts';

const QUOTA_EXCEEDED: Failure = { type: 'QuotaExceeded' };

/** Makes the runner of commands on a person's storage; `commandOf` is asked over the state that is decided on. */
export const createStorageStep =
  ({ execute, states }: { readonly execute: Execute; readonly states: AttachmentStates }) =>
  (
    userId: UserId,
    context: CommandContext,
    commandOf: (storage: Storage) => StorageCommand | Promise<StorageCommand>,
  ) =>
    execute({
      decider: storageDecider,
      states: states.storages,
      stream: storageStream(userId),
      prepare: async (storage) => right(await commandOf(storage)),
      refuse: ({ type }) => (type === 'QuotaExceeded' ? QUOTA_EXCEEDED : INVALID),
      context,
    });
