// A small believable community on a real server, for screenshots.
import { createSeeder, type Place } from './seeding.ts';

const PEOPLE = ['Ozan', 'Mara', 'June', 'tamsin', 'Perrin', 'abel', 'coil_pot'] as const;
type Name = (typeof PEOPLE)[number];

const SCHEDULE =
  '```python\ndef hold(cone: int) -> list[Step]:\n    return [ramp(60, to=121), ramp(150, to=1180), soak(15)]\n```';
const LONG_WORD =
  'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft';
const CONVERSATION: readonly (readonly [Name, string])[] = [
  ['Mara', 'Bisque load is out. Two cracked mugs, everything else is **perfect**.'],
  ['June', 'Cracks at the handle again?'],
  ['Mara', 'At the handle, yes. I will slow the first two hours down.'],
  ['Mara', 'Slow is smooth, says the card above the *old* kiln.'],
  ['Perrin', `The word of the day on the crate from Linz: ${LONG_WORD.repeat(3)}`],
  [
    'Ozan',
    `Cone 6 oxidation, 4 % red iron over white slip. It broke exactly at the edge like I hoped. Full schedule:\n\n${SCHEDULE}`,
  ],
  ['Ozan', 'Slow cool from 1,050 if you want the crystals.'],
  ['Mara', 'That is gorgeous. Can we put two of your bowls in the Tuesday load with `schedule B`?'],
  ['June', 'Test tiles from this morning, left to right:\n\n- 2 % iron\n- 4 % iron\n- 6 % iron'],
  [
    'Mara',
    'Joining from the wheel room, notes at https://kiln.example/notes/2026/november/firing-log-and-all-of-its-appendices?view=full as always.',
  ],
];

export type SampleCommunity = { readonly member: Name; readonly place: Place };

/** Signs everyone up, lets them talk, and answers who to sign in as and where the conversation is. */
export const makeSampleCommunity = async (origin: string): Promise<SampleCommunity> => {
  const seeder = createSeeder(origin);
  const tokens = new Map<string, string>();
  for (const name of PEOPLE) tokens.set(name, await seeder.signUp(name));
  const tokenOf = (name: Name) => tokens.get(name) ?? '';
  const guild = await seeder.makeGuild(tokenOf('Ozan'), 'Kiln Workshop');
  for (const [name, owner] of [
    ['oz bakery', 'Ozan'],
    ['Letterpress Basement', 'Mara'],
    ['Rust', 'June'],
    ['Dry stone wallers of the northern fells and dales', 'Perrin'],
  ] as const) {
    const other = await seeder.makeGuild(tokenOf(owner), name);
    await seeder.makeChannel(tokenOf(owner), other, 'general');
    if (name !== 'Rust') await seeder.join(tokenOf('tamsin'), other);
  }
  for (const name of PEOPLE.slice(1)) await seeder.join(tokenOf(name), guild);
  await seeder.makeChannel(tokenOf('Ozan'), guild, 'announcements');
  const place = await seeder.makeChannel(tokenOf('Ozan'), guild, 'glaze-lab');
  for (const name of ['firing-log', 'swap-shelf'])
    await seeder.makeChannel(tokenOf('Ozan'), guild, name);
  for (const [name, words] of CONVERSATION) {
    const id = await seeder.say(tokenOf(name), place, words);
    if (!words.startsWith('Cone 6')) continue;
    for (const fan of PEOPLE.slice(1)) await seeder.react(tokenOf(fan), place, id, '🔥');
    for (const fan of PEOPLE.slice(4)) await seeder.react(tokenOf(fan), place, id, '🏺');
    await seeder.react(tokenOf('June'), place, id, '👀');
  }
  return { member: 'tamsin', place };
};
