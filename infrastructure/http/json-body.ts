// Reads a JSON body as strictly as a typed parser would: what `JSON.parse` lets through and a reader could take two ways
// (repeated keys, lone surrogates, bytes that are no UTF-8) is refused.
import { isUtf8 } from 'node:buffer';
import { left, right, type Either } from 'fp-ts/lib/Either.js';

// Nothing we accept nests deeper than four; deep nests only serve to exhaust a recursive reader.
export const JSON_DEPTH_MAX = 32;

type Refused = { readonly status: 400 | 422 };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACKET = 0x5d;
const CLOSE_BRACE = 0x7d;

/** The number of colons outside strings, which is that of object members written; null when nested too deep. */
const membersWritten = (json: string): number | null => {
  let depth = 0;
  let members = 0;
  for (let i = 0; i < json.length; i += 1) {
    const code = json.charCodeAt(i);
    if (code === QUOTE) {
      for (i += 1; i < json.length && json.charCodeAt(i) !== QUOTE; i += 1)
        if (json.charCodeAt(i) === BACKSLASH) i += 1;
    } else if (code === COLON) members += 1;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth += 1;
      if (depth > JSON_DEPTH_MAX) return null;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1;
  }
  return members;
};

type Findings = { members: number; nul: boolean; loneSurrogate: boolean };

const LONE_SURROGATE = /\p{Surrogate}/u;

const judgeText = (text: string, findings: Findings): void => {
  if (text.includes('\0')) findings.nul = true;
  if (LONE_SURROGATE.test(text)) findings.loneSurrogate = true;
};

const inspect = (value: unknown, judgesText: boolean, findings: Findings): void => {
  if (typeof value === 'string') {
    if (judgesText) judgeText(value, findings);
  } else if (Array.isArray(value)) {
    for (const item of value) inspect(item, judgesText, findings);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      findings.members += 1;
      if (judgesText) judgeText(key, findings);
      inspect(item, judgesText, findings);
    }
  }
};

const parse = (json: string): Either<Refused, unknown> => {
  try {
    // Makes `__proto__` an own key like any other, which a closed codec then refuses.
    return right(JSON.parse(json));
  } catch {
    return left({ status: 400 });
  }
};

/**
 * The value of a JSON body. 400 for what is no JSON (bad UTF-8, lone surrogates, too deep a nest) and for a NUL, which no
 * text of ours may hold, unless `nulAllowed`; 422 for a key given twice.
 */
export const readJson = (
  bytes: Buffer,
  { nulAllowed = false }: { readonly nulAllowed?: boolean } = {},
): Either<Refused, unknown> => {
  if (!isUtf8(bytes)) return left({ status: 400 });
  const json = bytes.toString('utf8');
  const written = membersWritten(json);
  if (written === null) return left({ status: 400 });
  const parsed = parse(json);
  if (parsed._tag === 'Left') return parsed;
  // A NUL or a lone surrogate can only come out of an escape.
  const findings: Findings = { members: 0, nul: false, loneSurrogate: false };
  inspect(parsed.right, json.includes('\\u'), findings);
  if (findings.loneSurrogate || (findings.nul && !nulAllowed)) return left({ status: 400 });
  return findings.members === written ? parsed : left({ status: 422 });
};
