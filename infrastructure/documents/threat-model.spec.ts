// Each threat names the test that fails when its defence is removed; here each such test is looked up.
import { readFileSync } from 'node:fs';

const CELL = /\| `([^`]+\.ts)`: (.+?) \|$/;
const TITLE = /\b(?:it|describe)(?:\.each\([\s\S]*?\))?\(\s*(['"`])((?:\\.|(?!\1).)*)\1/g;

const rows = readFileSync('docs/THREAT_MODEL.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| threat '));

const titlesIn = (file: string): readonly string[] =>
  [...readFileSync(file, 'utf8').matchAll(TITLE)].map(([, , title]) => title!);

describe('the threat model', () => {
  it('has rows', () => expect(rows.length).toBeGreaterThan(40));

  it.each(rows)('names a test that is there: %s', (row) => {
    const [, file, title] = CELL.exec(row) ?? [];
    expect({ row, file: typeof file }).toEqual({ row, file: 'string' });
    expect(titlesIn(file!)).toContain(title);
  });
});
