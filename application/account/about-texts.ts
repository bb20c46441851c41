// What people say about themselves stands sealed in the read model, as message texts do, and is opened on reading.
import { type UserId } from '../../domain/shared/ids.ts';
import { type Sealer } from '../event-store/event-store.ts';

/** Where a person's current text stands sealed: the event that last set it. */
export type SealedAbout = {
  readonly userId: UserId;
  readonly eventId: string;
  readonly eventVersion: number;
  readonly box: string;
};

/** Opens a text; an erased one is empty. */
export type OpenAbout = (sealed: SealedAbout) => Promise<string>;

export const createOpenAbout =
  ({ sealer }: { readonly sealer: Sealer }): OpenAbout =>
  async ({ userId, eventId, eventVersion, box }) => {
    const place = { eventId, eventType: 'ProfileUpdated', eventVersion, path: 'aboutMarkdown' };
    const [text] = await sealer.open([{ ...place, scope: `account:${userId}`, box }]);
    return text ?? '';
  };
