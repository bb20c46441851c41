// What parsing a text may cost: the parser's worst cases grow with length times marks, so that product is bounded.

// Any text a person can send (2,048 bytes) passes; longer ones do if they hold few marks.
const WORK_MAX = 2048 * 2048;

const MARKS: ReadonlySet<number> = new Set(
  Array.from('\\`*_[]<>&!#+-=~()\n\r"\'', (mark) => mark.charCodeAt(0)),
);

/** Whether a text costs too much to parse, and is to be shown as it is. Linear in the text. */
export const isTooCostly = (text: string): boolean => {
  if (text.length * text.length <= WORK_MAX) return false;
  let marks = 0;
  for (let at = 0; at < text.length; at++) if (MARKS.has(text.charCodeAt(at))) marks++;
  return marks * text.length > WORK_MAX;
};
