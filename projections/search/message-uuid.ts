// A ULID is 16 bytes; as PostgreSQL's uuid it takes a third of its text.
import { MessageId } from '../../domain/shared/ids.ts';

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const VALUES: ReadonlyMap<string, number> = new Map(
  Array.from(DIGITS, (digit, value) => [digit, value]),
);
const ULID_DIGITS = 26;

/** Bit by bit rather than through one large number: it runs for every message that is indexed. */
export const uuidOfMessage = (id: MessageId): string => {
  let hex = '';
  let bits = 0;
  let width = -2; // 26 digits of 5 bits are 130, the first two of which are always 0.
  for (const digit of id) {
    bits = (bits << 5) | (VALUES.get(digit) ?? 0);
    width += 5;
    for (; width >= 4; width -= 4) hex += ((bits >> (width - 4)) & 15).toString(16);
    bits &= 15; // At most 3 bits are left over.
  }
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

/** Throws on what is no ULID: such a row was never written here. */
export const messageOfUuid = (uuid: string): MessageId => {
  let value = BigInt(`0x${uuid.replaceAll('-', '')}`);
  let text = '';
  for (let at = 0; at < ULID_DIGITS; at += 1) {
    text = (DIGITS[Number(value % 32n)] ?? '') + text;
    value /= 32n;
  }
  if (!MessageId.is(text)) throw new Error('A row of the search index holds no message id.');
  return text;
};
