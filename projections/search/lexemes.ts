// What stands in the index for one message. Every lexeme begins with the guild's number: each guild has posting lists of
// its own, so another's volume costs nothing and a forgotten filter can't leak. No term holds `.`, `@`, `#` or `~`.
import { type SearchToken } from '../../application/search/tokenize.ts';

/**
 * Segments are runs of 1,024 to 262,144 messages of a guild. "The newest matches of a common word" is then the word AND
 * a segment: two posting lists that leapfrog, instead of one read to its end.
 */
export const SEGMENT_SHIFTS = [10, 12, 14, 16, 18] as const;

// Stands for the guild's number until the database, which gives the numbers, puts it in.
const GUILD = '~';

const quoted = (lexeme: string): string =>
  `'${lexeme.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

export const termLexeme = (guildNo: number, term: string): string =>
  quoted(`${guildNo.toString(16)}.${term}`);

export const channelLexeme = (guildNo: number, channelNo: number): string =>
  quoted(`${guildNo.toString(16)}@${channelNo.toString(16)}`);

/** The words of a message with their positions, as `vectorSql` takes them. */
export const messageWords = (tokens: readonly SearchToken[]): string => {
  const positions = new Map<string, number[]>();
  for (const { term, position } of tokens) {
    const known = positions.get(term);
    if (known) known.push(position);
    else positions.set(term, [position]);
  }
  return [...positions]
    .map(([term, at]) => `${quoted(`${GUILD}.${term}`)}:${at.join(',')}`)
    .join(' ');
};

const segmentFormat = SEGMENT_SHIFTS.map((_, level) => ` ''%1$s#${level}%${level + 3}$s''`);

/** SQL of the tsvector of a message, from its words and columns or expressions of its numbers. */
export const vectorSql = (numbers: {
  readonly words: string;
  readonly guildNo: string;
  readonly channelNo: string;
  readonly seq: string;
}): string => {
  const { words, guildNo, channelNo, seq } = numbers;
  const segments = SEGMENT_SHIFTS.map((shift) => `to_hex(${seq} >> ${shift})`);
  return `(replace(${words}, '${GUILD}', to_hex(${guildNo})) || format(' ''%1$s@%2$s''${segmentFormat.join('')}',
    to_hex(${guildNo}), to_hex(${channelNo}), ${segments.join(', ')}))::tsvector`;
};

/** SQL of the term of a lexeme, and whether it is one's rather than a segment's or a channel's. */
export const TERM_SQL = "substr(lexeme, strpos(lexeme, '.') + 1)";
export const IS_TERM_SQL = "strpos(lexeme, '.') > 0";
