// Which addresses may become links (base contract 5.5). No other place decides this.
const SCHEMES: ReadonlySet<string> = new Set(['http', 'https', 'mailto']);

/** The address to link to, trimmed and otherwise as written, or null if it has no scheme or not an allowed one. */
export const allowedHref = (address: string): string | null => {
  const trimmed = address.trim();
  const colon = trimmed.indexOf(':');
  if (colon < 0 || !SCHEMES.has(trimmed.slice(0, colon).toLowerCase())) return null;
  return trimmed;
};

export type TextPart = { readonly text: string; readonly href: string | null };

const BARE_URL = /(?:https?:\/\/|mailto:)\S*/gi;
const TRAILING = new Set(')]}.,!?;:');

const withoutTrailing = (found: string): string => {
  let end = found.length;
  while (end > 0 && TRAILING.has(found.charAt(end - 1))) end--;
  return found.slice(0, end);
};

/** Splits text at the bare addresses in it; the parts joined are the text. */
export const splitAtBareUrls = (text: string): readonly TextPart[] => {
  const parts: TextPart[] = [];
  let done = 0;
  for (const { 0: found, index } of text.matchAll(BARE_URL)) {
    const label = withoutTrailing(found);
    const href = allowedHref(label);
    if (href === null) continue; // A lone `mailto:` lost its colon to the trimming.
    if (index > done) parts.push({ text: text.slice(done, index), href: null });
    parts.push({ text: label, href });
    done = index + label.length;
  }
  if (done < text.length) parts.push({ text: text.slice(done), href: null });
  return parts;
};
