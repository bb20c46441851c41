/**
 * Whether a text can be stored and sent by every part: no NUL, which PostgreSQL refuses, and no lone surrogate, which has
 * no UTF-8 form and would come back as another text.
 */
export const isStorableText = (text: string): boolean =>
  !text.includes('\0') && text.isWellFormed();
