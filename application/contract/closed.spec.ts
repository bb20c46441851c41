import { isRight, right } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { closed, UNKNOWN_KEY } from './closed.ts';

const Note = closed({ text: t.string }, { colour: t.string });

describe('a closed object', () => {
  it('takes its fields, null and absent being one for optional ones', () => {
    expect(Note.decode({ text: 'a', colour: 'red' })).toEqual(right({ text: 'a', colour: 'red' }));
    expect(Note.decode({ text: 'a', colour: null })).toEqual(right({ text: 'a' }));
    expect(Note.decode({ text: 'a' })).toEqual(right({ text: 'a' }));
  });

  it('keeps a null that is a value of the field itself', () => {
    const Paint = closed({}, { colour: t.union([t.string, t.null]) });
    expect(Paint.decode({ colour: null })).toEqual(right({ colour: null }));
    expect(Paint.decode({})).toEqual(right({}));
  });

  it.each([
    '{"text":"a","__proto__":{}}',
    '{"text":"a","constructor":1}',
    '{"text":"a","Text":"b"}',
  ])('refuses keys it does not know, inherited names among them: %s', (json) => {
    const decoded = Note.decode(JSON.parse(json));
    if (isRight(decoded)) throw new Error('was taken');
    expect(decoded.left.map(({ message }) => message)).toEqual([UNKNOWN_KEY]);
  });

  it.each([null, [], 'a', { text: null }, {}, { text: 'a', colour: 1 }])('refuses %j', (value) => {
    expect(isRight(Note.decode(value))).toBe(false);
  });

  it('does not take a required field from the prototype', () => {
    expect(isRight(Note.decode(Object.create({ text: 'a' })))).toBe(false);
  });
});
