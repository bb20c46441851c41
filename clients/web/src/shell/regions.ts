const isReachable = (region: HTMLElement) =>
  region.closest('[inert]') === null && region.offsetParent !== null;

/** F6: focuses the next (or previous) region of the screen, at its `[data-region-focus]` if it has one. */
export const cycleRegion = (root: ParentNode, forward: boolean): void => {
  const regions = [...root.querySelectorAll<HTMLElement>('[data-region]')].filter(isReachable);
  const at = regions.findIndex((region) => region.contains(document.activeElement));
  const step = forward ? 1 : -1;
  const first = forward ? 0 : regions.length - 1;
  const next = regions[at < 0 ? first : (at + step + regions.length) % regions.length];
  const target = next?.querySelector<HTMLElement>('[data-region-focus]') ?? next;
  target?.focus();
};
