import * as t from 'io-ts';

const Settings = t.strict({
  theme: t.union([t.literal('dark'), t.literal('light')]),
  contrast: t.boolean,
  density: t.union([t.literal('comfortable'), t.literal('compact')]),
  lessMotion: t.boolean,
  showMembers: t.boolean,
});
export type Settings = t.TypeOf<typeof Settings>;

const ITEM = 'filament.settings';
const FIRST: Settings = {
  theme: 'dark',
  contrast: false,
  density: 'comfortable',
  lessMotion: false,
  showMembers: true,
};

const readFrom = (storage: Pick<Storage, 'getItem'>): Settings => {
  try {
    const decoded = Settings.decode(JSON.parse(storage.getItem(ITEM) ?? 'null'));
    return decoded._tag === 'Right' ? decoded.right : FIRST;
  } catch {
    return FIRST;
  }
};

/** How this browser shows the client; written to the root element, where the tokens listen. */
export const createSettings = ({
  storage,
  root,
}: {
  readonly storage: Pick<Storage, 'getItem' | 'setItem'>;
  readonly root: HTMLElement;
}) => {
  let current = $state.raw(readFrom(storage));
  const show = () => {
    root.dataset['theme'] = current.theme;
    root.dataset['contrast'] = current.contrast ? 'high' : 'normal';
    root.dataset['density'] = current.density;
    root.dataset['motion'] = current.lessMotion ? 'reduced' : 'full';
  };
  show();
  return {
    get current() {
      return current;
    },
    change: (fields: Partial<Settings>) => {
      current = { ...current, ...fields };
      storage.setItem(ITEM, JSON.stringify(current));
      show();
    },
  };
};

export type SettingsState = ReturnType<typeof createSettings>;
