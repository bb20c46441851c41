const SHARE_MAX = 0.5;

/** Makes a textarea as high as its text, up to half the window. Set through the object model: no inline styles. */
export const fitHeight = (area: HTMLTextAreaElement): void => {
  area.style.height = 'auto';
  area.style.height = `${Math.min(area.scrollHeight, Math.round(innerHeight * SHARE_MAX))}px`;
};
