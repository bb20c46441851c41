// A small believable guild for screenshots and tests that need something to look at.
import { type FakeServer } from './fake-server.ts';
import { PASSWORD } from './journeys.ts';

const MINUTE = 60_000;
const NAMES = ['Ozan', 'Mara', 'June', 'tamsin', 'Perrin', 'abel', 'coil_pot'] as const;

const CODE =
  '```python\ndef hold(cone: int) -> list[Step]:\n    return [ramp(60, to=121), ramp(150, to=1180), soak(15)]\n```';

/** Fills the fake server; `now` is when the last message was written, in milliseconds. */
export const fillWorkshop = (server: FakeServer, now: number) => {
  const users = NAMES.map((name) => server.addUser(name, PASSWORD));
  const [ozan, mara, june, tamsin] = users;
  const guild = server.addGuild('Kiln Workshop', ozan!.id, [
    'announcements',
    'glaze-lab',
    'firing-log',
    'swap-shelf',
    'voice:Wheel room',
    'voice:Kiln watch',
  ]);
  for (const user of users) guild.members.add(user.id);
  for (const [name, owner] of [
    ['oz bakery', ozan],
    ['Letterpress Basement', mara],
    ['Rust', june],
  ] as const) {
    const other = server.addGuild(name, owner!.id, ['general']);
    if (name !== 'Rust') other.members.add(tamsin!.id);
  }
  const channelId = (name: string) =>
    guild.channels.find((channel) => channel.name === name)!.channel_id;
  const lab = channelId('glaze-lab');
  const write = (user: typeof ozan, minutesAgo: number, content: string) =>
    server.addMessage(guild.id, lab, user!.id, content, now - minutesAgo * MINUTE);
  write(mara, 1500, 'Bisque load is out. Two cracked mugs, everything else is **perfect**.');
  write(june, 1498, 'Cracks at the handle again?');
  write(mara, 1497, 'At the handle, yes. I will slow the first two hours down.');
  write(
    ozan,
    20,
    `Cone 6 oxidation, 4 % red iron over white slip. It broke exactly at the edge like I hoped. Full schedule:\n\n${CODE}`,
  );
  write(ozan, 19, 'Slow cool from 1,050 if you want the crystals.');
  write(
    mara,
    12,
    'That is gorgeous. Can we put two of your bowls in the Tuesday load with `schedule B`?',
  );
  write(
    june,
    10,
    'Test tiles from this morning, left to right:\n\n- 2 % iron\n- 4 % iron\n- 6 % iron',
  );
  write(mara, 9, 'Joining from the wheel room, notes at https://kiln.example/notes as always.');
  const list = server.messages.get(lab)!;
  const withReactions = list[3]!;
  list[3] = {
    ...withReactions,
    reactions: [
      { emoji: '🔥', count: 6, reacted_by_me: true },
      { emoji: '🏺', count: 3, reacted_by_me: false },
      { emoji: '👀', count: 1, reacted_by_me: false },
    ] as never,
  };
  return { guild, users, channelId, lab };
};
