import { tinykeys } from 'tinykeys';
import { isTyping } from './is-typing.ts';

/** What keys do anywhere on the screen. Those that may have nothing to do say so by returning false. */
export type Shortcuts = {
  readonly switchPlace: () => void;
  readonly showShortcuts: () => void;
  readonly focusSearch: () => boolean;
  readonly stepChannel: (step: 1 | -1) => void;
  readonly cycleRegion: (forwards: boolean) => void;
  readonly hideDrawer: () => boolean;
  readonly isDialogOpen: () => boolean;
};

/** Binds the keys to a window until the function that it returns is called. */
export const bindShortcuts = (target: Window, shortcuts: Shortcuts): (() => void) => {
  // The browser goes on as usual with a key that had nothing to do here.
  const handling = (work: () => unknown) => (event: KeyboardEvent) => {
    if (!event.defaultPrevented && work() !== false) event.preventDefault();
  };
  return tinykeys(target, {
    '$mod+KeyK': handling(shortcuts.switchPlace),
    '$mod+/': handling(shortcuts.showShortcuts),
    '$mod+KeyF': handling(() => !shortcuts.isDialogOpen() && shortcuts.focusSearch()),
    'Shift+?': (event) => {
      if (!shortcuts.isDialogOpen() && !isTyping(event)) handling(shortcuts.showShortcuts)(event);
    },
    'Alt+ArrowDown': handling(() => shortcuts.stepChannel(1)),
    'Alt+ArrowUp': handling(() => shortcuts.stepChannel(-1)),
    F6: handling(() => shortcuts.cycleRegion(true)),
    'Shift+F6': handling(() => shortcuts.cycleRegion(false)),
    Escape: handling(shortcuts.hideDrawer),
  });
};
