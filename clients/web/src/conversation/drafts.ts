const DRAFT_CHARACTERS_MAX = 8_000;

/** What was being written, per channel, across reloads. */
export const createDrafts = ({
  storage,
  userId,
}: {
  readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  readonly userId: string;
}) => {
  const item = (channelId: string) => `filament.draft.${userId}.${channelId}`;
  return {
    read: (channelId: string): string => storage.getItem(item(channelId)) ?? '',
    write: (channelId: string, content: string) => {
      try {
        if (content === '') storage.removeItem(item(channelId));
        else storage.setItem(item(channelId), content.slice(0, DRAFT_CHARACTERS_MAX));
      } catch {
        // A full storage costs the draft after a reload, not the text being written.
      }
    },
  };
};
