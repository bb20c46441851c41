// Ids of audit rows are made of the log alone, so that a rebuild makes the same ones: a ULID of the time the event was
// recorded, its position and its number among the rows of that event. Their order is that of the log.
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'; // Crockford base32
const ULID_DIGITS = 26;
const TAIL_BITS = 80n;
const ROWS_BITS = 4n;
/** Of a position's text: on KurrentDB the second half, which is different for each event and grows along the log. */
const POSITION_DIGITS = 20;

const encode = (value: bigint): string => {
  let text = '';
  let rest = value;
  for (let n = 0; n < ULID_DIGITS; n += 1) {
    text = (DIGITS[Number(rest & 31n)] ?? '') + text;
    rest >>= 5n;
  }
  return text;
};

export const auditId = (recordedAt: number, position: string, row: number): string => {
  const tail = (BigInt(position.slice(-POSITION_DIGITS)) << ROWS_BITS) | BigInt(row);
  return encode((BigInt(recordedAt) << TAIL_BITS) | tail);
};

/** Sorts before every row recorded at that time or later. */
export const firstAuditIdAt = (time: number): string => encode(BigInt(time) << TAIL_BITS);
