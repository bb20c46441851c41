import {
  CODE_BLOCK_BYTES_MAX,
  CODE_BLOCKS_MAX,
  MARKDOWN_BYTES_MAX,
  TEXT_BYTES_MAX,
  TOKENS_MAX,
} from './bounds.ts';
import {
  LABEL_WORK_MAX,
  LINE_WORK_MAX,
  createCommonMarkParser,
  createParserEnv,
  NESTING_MAX,
} from './commonmark-parser.ts';
import { HOSTILE_TEXTS } from './testing/hostile-texts.ts';
import { faultOf, joined, shownText } from './testing/token-checks.ts';
import { boundedCode, languageOf } from './token-writer.ts';
import { tokenize, tokenizeByParser } from './tokenize.ts';

// The longest text a person can store: an about text.
const TEXT_MAX = 2048;

describe('bounds', () => {
  it('keep 4,096 tokens, balanced', () => {
    const lines = TOKENS_MAX / 2 - 1; // Each with a break between, in a paragraph: one token less than the bound
    const fitting = tokenize('a\n'.repeat(lines - 1) + 'a');
    expect(fitting).toHaveLength(2 * lines - 1 + 2);
    const cut = tokenize('a\n'.repeat(TOKENS_MAX));
    expect(cut).toHaveLength(TOKENS_MAX);
    expect(faultOf(cut)).toBeNull();
  });

  it.each(['a', 'ä', '語', '👍'])(
    'cut text and code of %s to 4,096 bytes between characters',
    (character) => {
      const bytes = Buffer.byteLength(character);
      const kept = character.repeat(Math.floor(TEXT_BYTES_MAX / bytes));
      expect(shownText(tokenize(character + kept))).toBe(kept);
      expect(shownText(tokenize(`\`${character}${kept}\``))).toBe(kept);
      expect(shownText(tokenize(kept))).toBe(kept);
    },
  );

  it('let the text of code blocks beyond 64 fall through', () => {
    const blocks = '```\nx\n```\n'.repeat(CODE_BLOCKS_MAX);
    const last = '```\nhttps://y.test z\n```\n';
    const tokens = joined(tokenize(blocks + last));
    expect(tokens.slice(0, CODE_BLOCKS_MAX)).toEqual(
      Array.from({ length: CODE_BLOCKS_MAX }, () => ({
        type: 'fenced_code',
        language: null,
        code: 'x\n',
      })),
    );
    expect(tokens.slice(CODE_BLOCKS_MAX)).toEqual([
      { type: 'link_start', href: 'https://y.test' },
      { type: 'text', text: 'https://y.test' },
      { type: 'link_end' },
      { type: 'text', text: ' z\n' },
    ]);
  });

  it('cut a code block to 16,384 bytes, and a line within a character as a whole', () => {
    const nearly = 'a'.repeat(CODE_BLOCK_BYTES_MAX - 1);
    expect(boundedCode([`${nearly}bc\n`])).toBe(`${nearly}b`);
    expect(boundedCode([nearly, 'ä\n', 'b\n', 'c\n'])).toBe(`${nearly}b`);
    expect(shownText(tokenize(`~~~\n${nearly}bc`))).toBe(`${nearly}b`);
  });

  it('know a language by its letters', () => {
    expect(languageOf(' F-Sharp_2.0+ ')).toBe('f-sharp_2.0+');
    expect(languageOf('r\u00fcst')).toBeNull();
    expect(languageOf('')).toBeNull();
  });

  it('cut what is far too long before any work', () => {
    const [, token] = tokenize('a\n'.repeat(MARKDOWN_BYTES_MAX));
    expect(token).toEqual({ type: 'text', text: 'a' });
  });

  it('show a text that nests too deep as it is, and lose nothing of it', () => {
    const lists = (depth: number) =>
      Array.from({ length: depth }, (_, level) => `${'  '.repeat(level)}- a${level}`).join('\n');
    const fits = tokenize(lists(NESTING_MAX / 2 - 1));
    expect(fits.filter(({ type }) => type === 'list_start')).toHaveLength(NESTING_MAX / 2 - 1);
    const tooDeep = tokenize(lists(NESTING_MAX));
    expect(tooDeep.filter(({ type }) => type === 'list_start')).toHaveLength(0);
    expect(shownText(tooDeep)).toBe(lists(NESTING_MAX).replaceAll('\n', ''));
    expect(shownText(tokenize('>'.repeat(NESTING_MAX + 1) + 'a'))).toContain('a');
  });

  it('leave the many brackets and links of an honest text alone', () => {
    const linked = Array.from({ length: 80 }, (_, n) => `[link ${n}](https://x.test/${n})`).join(
      ' ',
    );
    expect(tokenize(linked).filter(({ type }) => type === 'link_start')).toHaveLength(80);
    const ticked = '- [ ] a [thing] to do\n'.repeat(90);
    expect(tokenize(ticked).filter(({ type }) => type === 'list_item_start')).toHaveLength(90);
  });
});

it('reads honest texts of many lines far from the bound on work', () => {
  const page = `# Title\n\n> quoted\n> more\nlazy\n\n- a\n  - b\n\n    c\n- d\n\ntext\nmore text\n\n`;
  for (const text of [page.repeat(20), 'a\n'.repeat(1000), '> > - a\n'.repeat(200)]) {
    const shown = shownText(tokenize(text));
    expect(shown).not.toContain('>');
    expect(shown.length).toBeGreaterThan(150);
  }
});

describe('hostile texts', () => {
  it.each(HOSTILE_TEXTS)('of %s give sound tokens', (_, grownTo) => {
    for (const length of [1, 7, 64, 500, TEXT_MAX]) {
      expect(faultOf(tokenize(grownTo(length)))).toBeNull();
      expect(faultOf(tokenizeByParser(grownTo(length)))).toBeNull();
    }
  });

  // Work is counted, not timed: the rules the parser tries, and the characters it looks at for labels.
  const workOn = (text: string): number => {
    const parser = createCommonMarkParser();
    let steps = 0;
    const count = () => {
      steps++;
      return false;
    };
    parser.inline.ruler.before('text', 'count', count);
    parser.block.ruler.before('line_work', 'count', count, {
      alt: ['paragraph', 'reference', 'blockquote', 'list'],
    });
    const label = parser.helpers.parseLinkLabel;
    parser.helpers.parseLinkLabel = (state, start, disableNested) => {
      const end = label(state, start, disableNested);
      steps += end < 0 ? 1 : end - start;
      return end;
    };
    parser.parse(text, createParserEnv());
    return steps;
  };

  it.each(HOSTILE_TEXTS)(
    'of %s cost a bounded number of steps for each character',
    (_, grownTo) => {
      expect(workOn(grownTo(TEXT_MAX))).toBeLessThan(
        LABEL_WORK_MAX + LINE_WORK_MAX + 16 * TEXT_MAX,
      );
    },
  );
});
