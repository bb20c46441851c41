import { type SealedField, type Sealer } from '../../application/event-store/event-store.ts';
import { type DataKeys } from '../vault/data-keys.ts';
import { openBox } from './box.ts';

/**
 * Opens boxes that read models keep as stored, by one query for keys at most. A damaged box reads as erased, since one bad
 * row must not take a page of good ones with it; `onTampered` hears of it.
 */
export const createSealer = ({
  dataKeys,
  onTampered = () => {},
}: {
  readonly dataKeys: Pick<DataKeys, 'keysOf'>;
  readonly onTampered?: (place: Omit<SealedField, 'box'>) => void;
}): Sealer => ({
  open: async (fields) => {
    if (fields.length === 0) return [];
    const keys = await dataKeys.keysOf(new Set(fields.map(({ scope }) => scope)));
    return fields.map(({ box, ...place }) => {
      const key = keys.get(place.scope);
      if (key === undefined) return null;
      const { eventId, eventType: type, eventVersion: version, path } = place;
      const text = openBox(box, key, { eventId, type, version, path });
      if (text === null) onTampered(place);
      return text;
    });
  },
});
