// Schema and codec say the same: whatever one takes the other takes, for everything on the wire.
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { isRight } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import * as answers from '../../application/contract/answers.ts';
import { closed } from '../../application/contract/closed.ts';
import * as frames from '../../application/contract/gateway-frames.ts';
import { IntegerParam } from '../http/query-params.ts';
import { EVERY_ROUTE } from '../testing/every-route.ts';
import { schemaOf } from './json-schema.ts';
import { damage, damaged, valueOf } from './testing/json-values.ts';

const RUNS = 60;

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });

const isCodec = (value: unknown): value is t.Mixed => value instanceof t.Type;

const codecs: readonly (readonly [string, t.Mixed])[] = [
  ...[answers, frames].flatMap((contract) => Object.entries<unknown>(contract)),
  ...EVERY_ROUTE.flatMap(({ method, url, input, answer, otherAnswers }) =>
    [input.body, answer, ...Object.values(otherAnswers)].map((codec, i) => [
      `${method} ${url} ${i === 0 ? 'body' : 'answer'}`,
      codec,
    ]),
  ),
].filter((entry): entry is [string, t.Mixed] => isCodec(entry[1]));

describe('codec and schema agree', () => {
  it.each(codecs)('%s', (_name, codec) => {
    const schema = schemaOf(codec);
    const fits = ajv.compile(schema);
    fc.assert(
      fc.property(valueOf(schema), damage, (value, change) => {
        expect([fits(value), isRight(codec.decode(value))]).toEqual([true, true]);
        const other = damaged(value, change);
        expect({ other, taken: isRight(codec.decode(other)) }).toEqual({
          other,
          taken: fits(other),
        });
      }),
      { numRuns: RUNS },
    );
  });

  it('on damage that both refuse, and damage that both can live with', () => {
    const Note = closed({ text: t.string }, { tags: t.readonlyArray(t.string) });
    const fits = ajv.compile(schemaOf(Note));
    expect(fits({ text: 'a', tags: null })).toBe(true);
    for (const refused of [{}, { text: 1 }, { text: 'a', other: 1 }, { text: 'a', tags: [1] }, []])
      expect([fits(refused), isRight(Note.decode(refused))]).toEqual([false, false]);
    const Open = ajv.compile(schemaOf(answers.Guild));
    const guild = { guild_id: '01J0000000000000000000GA1D', name: 'a', visibility: 'public' };
    expect([Open({ ...guild, more: 1 }), isRight(answers.Guild.decode(guild))]).toEqual([
      true,
      true,
    ]);
  });

  it('or the codec says that it needs words', () => {
    const byHand = new t.Type<string>('ByHand', t.string.is, t.string.validate, t.identity);
    expect(() => schemaOf(byHand)).toThrow('ByHand was made by hand');
    expect(() => schemaOf(t.undefined)).toThrow('no words');
  });
});

describe('an integer of a query', () => {
  it('is read within the bounds that the document tells', () => {
    const fits = ajv.compile(schemaOf(IntegerParam));
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.maxSafeInteger()), (value) => {
        const decoded = IntegerParam.decode(String(value));
        expect(isRight(decoded)).toBe(fits(value));
        if (isRight(decoded)) expect(decoded.right).toBe(value);
      }),
    );
  });
});
