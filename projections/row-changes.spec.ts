import {
  createRowChanges,
  deleteKind,
  insertKind,
  replaceUnderKind,
  superseding,
} from './row-changes.ts';

const POST = insertKind('posts', [['id', 'text']]);
const UNPOST = deleteKind('posts', [['id', 'text']]);
const MARK_COLUMNS = [
  ['post', 'text'],
  ['mark', 'text'],
] as const;
const MARK = superseding(
  replaceUnderKind('marks', { parent: 'posts', parentKeys: 1, keys: 2 }, MARK_COLUMNS),
);
const UNMARK = superseding(deleteKind('marks', MARK_COLUMNS));

const NAMES = new Map([
  [POST.sql, 'post'],
  [UNPOST.sql, 'unpost'],
  [MARK.sql, 'mark'],
  [UNMARK.sql, 'unmark'],
]);

const script = (...steps: readonly (readonly [string, string, string?])[]) => {
  const changes = createRowChanges();
  for (const [what, id, mark = ''] of steps) {
    if (what === 'post') changes.add(POST, { key: id, row: [id] });
    else if (what === 'unpost') changes.add(UNPOST, { key: id, row: [id] });
    else
      changes.add(what === 'mark' ? MARK : UNMARK, {
        key: `${id}:${mark}`,
        reads: id,
        row: [id, mark],
      });
  }
  return changes.statements().map(({ sql, values }) => [NAMES.get(sql), ...values]);
};

describe('row changes', () => {
  it('puts rows that have nothing to do with each other into one statement', () => {
    expect(
      script(['post', 'a'], ['mark', 'a', 'x'], ['post', 'b'], ['mark', 'b', 'x'], ['post', 'c']),
    ).toEqual([
      ['post', ['a', 'b', 'c']],
      ['mark', ['a', 'b'], ['x', 'x']],
    ]);
  });

  it('keeps the order of changes of one row', () => {
    expect(script(['post', 'a'], ['unpost', 'a'], ['post', 'a'])).toEqual([
      ['post', ['a']],
      ['unpost', ['a']],
      ['post', ['a']],
    ]);
  });

  it('keeps what depends on a row before and after the row goes', () => {
    expect(script(['post', 'a'], ['mark', 'a', 'x'], ['unpost', 'a'], ['mark', 'a', 'y'])).toEqual([
      ['post', ['a']],
      ['mark', ['a'], ['x']],
      ['unpost', ['a']],
      ['mark', ['a'], ['y']],
    ]);
  });

  it('sends a row that goes on and off once, as it was left', () => {
    const toggles = Array.from({ length: 1_001 }, (_, i) =>
      i % 2 === 0 ? (['mark', 'a', 'x'] as const) : (['unmark', 'a', 'x'] as const),
    );
    expect(script(...toggles)).toEqual([['mark', ['a'], ['x']]]);
    expect(script(...toggles, ['unmark', 'a', 'x'])).toEqual([['unmark', ['a'], ['x']]]);
  });

  it('makes no statement of nothing', () => expect(script()).toEqual([]));
});
