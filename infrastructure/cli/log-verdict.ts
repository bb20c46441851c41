// What `filament log verify` says of what it found.
import { type ExportVerdict } from '../seals/export-verifier.ts';
import { type Finding, type Verdict } from '../seals/log-verifier.ts';

/** The log or the export is not what was sealed. */
export const EXIT_TAMPERED = 3;

const count = (n: number) => n.toLocaleString('en');

export const findingText = (
  { kind, position, stream, range, what }: Finding,
  line: number | null,
) => {
  const places = [
    ...(position === null ? [] : [`at ${position}`]),
    ...(stream === null ? [] : [`in stream ${stream}`]),
    ...(range === null ? [] : [`between ${range.first} and ${range.last}`]),
    ...(line === null ? [] : [`line ${line}`]),
  ];
  return `NOT AS SEALED: ${kind}${places.length > 0 ? ` ${places.join(', ')}` : ''}: ${what}.`;
};

const sealedText = ({ events, last, seals, lastSeal, unsealed, unchecked }: Verdict): string => {
  const lines = [
    `Verified: ${count(events)} events up to ${last ?? 'nothing'}, ${count(seals)} seals.`,
  ];
  if (lastSeal !== null) {
    const { position, hash, key, at, last: to, installation } = lastSeal;
    lines.push(
      `The last seal is at ${position}, of ${new Date(at).toISOString()}, over all up to ${to}.`,
      `  hash ${hash}`,
      `  key ${key}`,
      `  installation ${installation}`,
    );
  }
  if (unsealed !== null)
    lines.push(
      `${count(unsealed.events)} events from ${unsealed.first} on are not sealed yet (the last seal among them).`,
    );
  if (unchecked > 0)
    lines.push(
      `The first ${count(unchecked)} events belong to a range that begins before them: only the hashes beside them were checked.`,
    );
  return lines.join('\n');
};

/** What is not wrong, but less than it may seem. */
export const warningsOf = (
  verdict: Verdict,
  keysGiven: boolean,
  offline: boolean,
): readonly string[] => [
  ...(keysGiven
    ? []
    : [
        'No key was given, so the one in the export itself is trusted. Give --key to know who sealed it.',
      ]),
  ...(verdict.seals === 0 ? ['There is no seal: nothing shows who changed what.'] : []),
  ...(offline && verdict.unsealed !== null && verdict.seals > 0
    ? ['Events after the last seal are vouched for by whoever made the export only.']
    : []),
];

export const verdictJson = (
  verdict: Verdict & Partial<ExportVerdict>,
  warnings: readonly string[],
) => {
  const { finding, events, last, seals, lastSeal, unsealed, unchecked, line = null } = verdict;
  return {
    ...{ ok: finding === null, finding: finding === null ? null : { ...finding, line } },
    ...{ events, last, seals, unsealed, unchecked, warnings },
    last_seal:
      lastSeal === null
        ? null
        : {
            position: lastSeal.position,
            hash: lastSeal.hash,
            sealed_to: lastSeal.last,
            at: lastSeal.at,
          },
    key: lastSeal?.key ?? null,
    installation: lastSeal?.installation ?? null,
  };
};

export const verdictText = (verdict: Verdict, line: number | null): string =>
  verdict.finding === null ? sealedText(verdict) : findingText(verdict.finding, line);
