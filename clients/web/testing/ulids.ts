const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

const digits = (value: number, places: number): string => {
  let rest = value;
  let text = '';
  for (let place = 0; place < places; place += 1) {
    text = `${DIGITS[rest % 32] ?? '0'}${text}`;
    rest = Math.floor(rest / 32);
  }
  return text;
};

/** Makes ULIDs that sort in the order they were made, for one given or the current millisecond. */
export const createUlids = () => {
  let count = 0;
  return (at: number = Date.now()): string => {
    count += 1;
    return `${digits(at, 10)}0000000000${digits(count, 6)}`;
  };
};
