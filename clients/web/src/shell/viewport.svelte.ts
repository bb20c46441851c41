// Below this width the side panels are drawers (client design).
const DRAWERS_BELOW = '(max-width: 999px)';

export const createViewport = (target: Window) => {
  const query = target.matchMedia(DRAWERS_BELOW);
  let narrow = $state(query.matches);
  query.addEventListener('change', () => {
    narrow = query.matches;
  });
  return {
    get narrow() {
      return narrow;
    },
  };
};
