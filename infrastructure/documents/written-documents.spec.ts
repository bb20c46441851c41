// The tables in docs/ are what the code says. FILAMENT_TEST_WRITE_DOCS=1 writes them anew.
import { readFileSync, writeFileSync } from 'node:fs';
import { EVERY_ROUTE } from '../testing/every-route.ts';
import {
  clientFrameTable,
  errorTable,
  routeTable,
  serverFrameTable,
  shapeTable,
} from './testing/tables.ts';

const TABLES: readonly (readonly [string, string, () => string])[] = [
  ['docs/API.md', 'routes', () => routeTable(EVERY_ROUTE)],
  ['docs/API.md', 'shapes', shapeTable],
  ['docs/API.md', 'errors', errorTable],
  ['docs/GATEWAY_EVENTS.md', 'sent', serverFrameTable],
  ['docs/GATEWAY_EVENTS.md', 'asked', clientFrameTable],
];

const between = (name: string) =>
  new RegExp(`(<!-- ${name} -->\\n)([\\s\\S]*?)(<!-- /${name} -->)`);

describe('the tables of the documents', () => {
  it.each(TABLES)('%s: %s', (file, name, make) => {
    const text = readFileSync(file, 'utf8');
    const found = between(name).exec(text);
    if (found === null) throw new Error(`${file} has no place for the table of ${name}`);
    const wanted = `\n${make()}\n\n`;
    if (process.env['FILAMENT_TEST_WRITE_DOCS'] === '1')
      writeFileSync(
        file,
        text.replace(between(name), (_, start: string, __, end: string) => start + wanted + end),
      );
    else expect(found[2]).toBe(wanted);
  });
});
