// Lines of a file or a pipe as bytes, since a verifier must see what is there and not what a decoder made of it.

// The largest payload the log takes, escaped twice over, stays far below.
export const LINE_BYTES_MAX = 64 * 1024 * 1024;
const NEWLINE = 10;

/** Gives each line without its end to `onLine`; resolves to what stands after the last line end. */
export const readLines = async (
  source: AsyncIterable<Uint8Array>,
  onLine: (line: Uint8Array) => void,
): Promise<Uint8Array> => {
  let parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    let begin = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, begin)) {
      onLine(Buffer.concat([...parts, chunk.subarray(begin, end)]));
      [parts, size, begin] = [[], 0, end + 1];
    }
    parts.push(chunk.subarray(begin));
    size += chunk.length - begin;
    if (size > LINE_BYTES_MAX) throw new Error('A line is too long for an export of the log.');
  }
  return Buffer.concat(parts);
};
