import fc from 'fast-check';
import { freshDatabase, type TestDatabase } from '../testing/database.ts';
import { arrayLiteral, parametersOf } from './array-literal.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

const text = fc
  .string({ unit: 'binary', maxLength: 30 })
  .map((drawn) => drawn.replaceAll('\0', '').toWellFormed());
const hostile = fc.constantFrom('', '"', '\\', '\\"', '{}', ',', 'NULL', 'null', ' a ', '\n', "'");

it('comes back from the database as it was', async () => {
  const property = fc.asyncProperty(
    fc.array(fc.option(fc.oneof(text, hostile))),
    fc.array(fc.option(fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array)))),
    fc.array(fc.option(fc.integer())),
    fc.array(fc.option(fc.boolean())),
    async (texts, bytes, numbers, flags) => {
      const { rows } = await database.pool.query(
        'SELECT $1::text[] AS texts, $2::bytea[] AS bytes, $3::int[] AS numbers, $4::boolean[] AS flags',
        parametersOf([texts, bytes, numbers, flags]),
      );
      expect(rows).toEqual([{ texts, bytes, numbers, flags }]);
    },
  );
  await fc.assert(property, { numRuns: 300 });
});

it('leaves what is no array as it is', () => {
  expect(parametersOf(['a', 1, null])).toEqual(['a', 1, null]);
});

it.each([[[['nested']]], [[{}]], [[new Date(0)]]])('refuses %j', (values) => {
  expect(() => arrayLiteral(values)).toThrow(TypeError);
});
