import { parseIrcLog, usernamesFor } from './irc-log.ts';

describe('recorded IRC conversations', () => {
  it('keeps what people said and did, in order, and leaves out the rest', () => {
    const text =
      '[02:24] <ann> hi\n=== bob [~b@host] has joined #x\n[02:25]  * bob waves\n[02:25] <bob>   \n';
    expect(parseIrcLog(text)).toEqual([
      { nick: 'ann', text: 'hi' },
      { nick: 'bob', text: 'waves' },
    ]);
  });

  it('gives every nickname a valid name of its own', () => {
    const names = usernamesFor(['a', 'A', 'x|y', 'x^y', 'Bob', 'bob']);
    expect(new Set([...names.values()].map((name) => name.toLowerCase())).size).toBe(6);
    for (const name of names.values()) expect(name).toMatch(/^[A-Za-z0-9_.]{3,32}$/);
  });
});
