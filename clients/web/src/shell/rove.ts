/** Arrow keys move focus among the `[data-rove]` of a list; Home and End go to its ends. For use with {@attach}. */
export const rove = (list: HTMLElement) => {
  const move = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const items = [...list.querySelectorAll<HTMLElement>('[data-rove]')];
    const at = items.findIndex((item) => item.contains(document.activeElement));
    if (at < 0) return;
    const next: Readonly<Record<string, number>> = {
      ArrowDown: Math.min(at + 1, items.length - 1),
      ArrowUp: Math.max(at - 1, 0),
      Home: 0,
      End: items.length - 1,
    };
    const target = items[next[event.key] ?? -1];
    if (target === undefined) return;
    event.preventDefault();
    target.focus();
  };
  list.addEventListener('keydown', move);
  return () => list.removeEventListener('keydown', move);
};
