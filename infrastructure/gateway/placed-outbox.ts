// The outbox of those who announce: whatever is said while an event is announced carries its place in the log.
import { type Place, placeText } from '../../application/feed/place.ts';
import { type Outbox } from './outbox.ts';

export type PlacedOutbox = Outbox & {
  /** From now on frames tell of the event at this place; null: of no event. */
  readonly begin: (place: Place | null) => void;
};

export const createPlacedOutbox = (outbox: Outbox): PlacedOutbox => {
  let current: string | undefined;
  return {
    ...outbox,
    toChannel: (channelId, frame) => outbox.toChannel(channelId, frame, current),
    toGuild: (guildId, frame) => outbox.toGuild(guildId, frame, current),
    toSome: (connections, scope, frame) => outbox.toSome(connections, scope, frame, current),
    begin: (place) => {
      current = place === null ? undefined : placeText(place);
    },
  };
};
