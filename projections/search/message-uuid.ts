// A ULID is 16 bytes; as PostgreSQL's uuid it takes a third of its text.
import { MessageId } from '../../domain/shared/ids.ts';

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const VALUES: ReadonlyMap<string, bigint> = new Map(
  Array.from(DIGITS, (digit, value) => [digit, BigInt(value)]),
);
const ULID_DIGITS = 26;

export const uuidOfMessage = (id: MessageId): string => {
  let value = 0n;
  for (const digit of id) value = value * 32n + (VALUES.get(digit) ?? 0n);
  const hex = value.toString(16).padStart(32, '0');
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
