/** Whether a key event belongs to text being written, so that single-letter shortcuts must leave it alone. */
export const isTyping = ({ target }: Event): boolean =>
  target instanceof HTMLElement &&
  (target.matches('input, textarea, select') || target.isContentEditable);
