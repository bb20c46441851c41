import fc from 'fast-check';
import { left, right } from 'fp-ts/lib/Either.js';
import { JSON_DEPTH_MAX, readJson } from './json-body.ts';

const read = (json: string) => readJson(Buffer.from(json));
const refused = (status: number) => left({ status });

describe('a JSON body', () => {
  it('reads whatever JSON.stringify wrote', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5, stringUnit: 'grapheme' }), (value) => {
        const json = JSON.stringify(value);
        expect(readJson(Buffer.from(json), { nulAllowed: true })).toEqual(right(JSON.parse(json)));
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        readJson(Buffer.from(bytes));
      }),
    );
  });

  it.each([
    '',
    '{',
    '{"a":1',
    '[1,]',
    '{"a":1}x',
    "{'a':1}",
    'undefined',
    '\uFEFF{}',
    '{"a":"\n"}',
  ])('refuses %j as no JSON', (json) => {
    expect(read(json)).toEqual(refused(400));
  });

  it('refuses bytes that are no UTF-8', () => {
    expect(readJson(Buffer.from([0x22, 0xff, 0x22]))).toEqual(refused(400));
  });

  it('refuses lone surrogates in values and keys, and takes pairs', () => {
    expect(read('{"a":"\\ud83d"}')).toEqual(refused(400));
    expect(read('{"\\uDE00":1}')).toEqual(refused(400));
    expect(read('{"a":"\\ud83d\\ude00"}')).toEqual(right({ a: '😀' }));
  });

  it('refuses NUL unless it is allowed', () => {
    expect(read('{"a":["x\\u0000"]}')).toEqual(refused(400));
    expect(readJson(Buffer.from('"\\u0000"'), { nulAllowed: true })).toEqual(right('\0'));
  });

  it('refuses a key given twice, however it is escaped', () => {
    expect(read('{"a":1,"a":1}')).toEqual(refused(422));
    expect(read('{"a":1,"\\u0061":2}')).toEqual(refused(422));
    expect(read('{"x":{"a":1,"a":2}}')).toEqual(refused(422));
    expect(read('{"a":"{\\"b\\":1}: \\\\","b":[{"a":2},{"a":3}]}')).toEqual(
      right({ a: '{"b":1}: \\', b: [{ a: 2 }, { a: 3 }] }),
    );
  });

  it('keeps __proto__ an ordinary key', () => {
    const outcome = read('{"__proto__":{"polluted":true}}');
    expect(outcome._tag === 'Right' && Object.hasOwn(outcome.right as object, '__proto__')).toBe(
      true,
    );
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('takes a nest as deep as the bound and none deeper', () => {
    const nest = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(read(nest(JSON_DEPTH_MAX))._tag).toBe('Right');
    expect(read(nest(JSON_DEPTH_MAX + 1))).toEqual(refused(400));
    expect(read('['.repeat(1_000_000))).toEqual(refused(400));
  });
});
