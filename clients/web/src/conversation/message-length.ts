const encoder = new TextEncoder();
const WARN_BELOW = 200;

/** Bytes still free under the server's limit, which counts UTF-8; negative when too long. */
export const bytesLeft = (content: string, bytesMax: number): number =>
  bytesMax - encoder.encode(content).length;

/** Whether the counter shows: from 1,800 of 2,000 on. */
export const isNearLimit = (left: number): boolean => left <= WARN_BELOW;
