// Reads recorded IRC conversations: `[hh:mm] <nick> text` lines; joins, parts and notices are left out.

export type IrcLine = { readonly nick: string; readonly text: string };

const LINE = /^\[\d\d:\d\d\]\s+<([^>\s]{1,64})>\s?(.*)$/;
const ACTION = /^\[\d\d:\d\d\]\s+\*\s?(\S{1,64})\s+(.+)$/;
const CONTENT_BYTES_MAX = 2000;

const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** The messages of one recorded day, in order. */
export const parseIrcLog = (text: string): readonly IrcLine[] =>
  text.split('\n').flatMap((line) => {
    const spoken = LINE.exec(line);
    const acted = spoken ? null : ACTION.exec(line);
    const nick = spoken?.[1] ?? acted?.[1];
    const said = (spoken?.[2] ?? acted?.[2] ?? '').replace(CONTROL, '').toWellFormed().trimEnd();
    return nick === undefined || said.trim() === '' || Buffer.byteLength(said) > CONTENT_BYTES_MAX
      ? []
      : [{ nick, text: said }];
  });

/** A user name for each nickname: allowed characters only, and unique without regard to case (base contract 5.1). */
export const usernamesFor = (nicks: Iterable<string>): ReadonlyMap<string, string> => {
  const taken = new Set<string>();
  const names = new Map<string, string>();
  for (const nick of nicks) {
    if (names.has(nick)) continue;
    const plain = nick
      .replace(/[^A-Za-z0-9_.]/g, '_')
      .padEnd(3, '_')
      .slice(0, 26);
    let name = plain;
    for (let n = 2; taken.has(name.toLowerCase()); n += 1) name = `${plain}.${n}`;
    taken.add(name.toLowerCase());
    names.set(nick, name);
  }
  return names;
};
