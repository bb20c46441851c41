// What roles are called and how they are coloured (base contract 5.1).
import { isStorableText, utf8Bytes } from '../shared/text.ts';

const NAME_BYTES_MAX = 32;
const CONTROL = /[\u0000-\u001f\u007f]/;
const COLOR = /^#[0-9a-f]{6}$/i;

/** A role's name without the space around it; null when it can't be one. Clients know the two reserved names. */
export const roleNameOf = (text: string): string | null => {
  const name = text.trim();
  if (name === '' || utf8Bytes(name) > NAME_BYTES_MAX) return null;
  if (CONTROL.test(name) || !isStorableText(name)) return null;
  return name === '@everyone' || name.toLowerCase() === 'workspace_owner' ? null : name;
};

/** A colour as it is stored, `#RRGGBB`; null when the text is none. */
export const colorHexOf = (text: string): string | null => {
  const color = text.trim();
  return COLOR.test(color) ? color.toUpperCase() : null;
};
