// What a demonstration community is and says, decided before anything is asked of a server: the same seed, the same plan.
import { createRandom, type Random } from '../repeatable/random.ts';
import { EMOJI, FIRST_NAMES, TOPICS, type Topic, WORDS } from './phrases.ts';

export const MESSAGES_MAX = 50_000;
export const SEED_MAX = 999_999;

export type PlannedPost = {
  readonly author: string;
  readonly content: string;
  readonly reactions: readonly { readonly by: string; readonly emoji: string }[];
};
export type PlannedChannel = {
  readonly name: string;
  readonly onlyRole: string | null; // Whose holders alone may see it
  readonly posts: readonly PlannedPost[];
};
export type PlannedRole = {
  readonly name: string;
  readonly color: string;
  readonly holders: readonly string[];
};
export type PlannedGuild = {
  readonly name: string;
  readonly visibility: 'public' | 'private';
  readonly owner: string;
  readonly members: readonly string[]; // Without the owner
  readonly roles: readonly PlannedRole[];
  readonly channels: readonly PlannedChannel[];
};
export type Plan = { readonly people: readonly string[]; readonly guilds: readonly PlannedGuild[] };

const STEWARDS = 'Stewards';
const STEWARDS_COUNT = 3;
const REACTION_SHARE = 0.15;
const OPENING_SHARE = 0.2;

const GUILDS = [
  {
    name: 'Lantern Street',
    visibility: 'public',
    topics: [TOPICS.square, TOPICS.garden, TOPICS.workshop],
    share: 1,
    roles: [{ name: 'Gardeners', color: '#3f8f4f' }],
  },
  {
    name: 'The Long Table',
    visibility: 'public',
    topics: [TOPICS.table, TOPICS.square],
    share: 0.6,
    roles: [{ name: 'Rule keepers', color: '#b06a2c' }],
  },
  {
    name: 'Ferry Crew',
    visibility: 'private',
    topics: [TOPICS.workshop],
    share: 0.3,
    roles: [],
  },
] as const;

const pick = <A>(random: Random, from: readonly A[]): A => {
  const found = from[random.below(from.length)];
  if (found === undefined) throw new Error('Nothing to pick from.');
  return found;
};

const some = <A>(random: Random, from: readonly A[], count: number): readonly A[] => {
  const left = [...from];
  return Array.from({ length: Math.min(count, from.length) }, () =>
    left.splice(random.below(left.length), 1),
  ).flat();
};

const say = (random: Random, { opens, goesOn }: Topic, isFirst: boolean): string => {
  const sentence = pick(random, isFirst || random.chance(OPENING_SHARE) ? opens : goesOn);
  const filled = sentence.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    pick(random, WORDS[name] ?? []),
  );
  return filled.charAt(0).toUpperCase() + filled.slice(1);
};

const converse = (
  random: Random,
  topic: Topic,
  speakers: readonly string[],
  count: number,
): readonly PlannedPost[] => {
  let last = '';
  return Array.from({ length: count }, (_, n) => {
    const others = speakers.filter((name) => name !== last);
    last = pick(random, others.length > 0 ? others : speakers);
    const content = say(random, topic, n === 0);
    const reactions = random.chance(REACTION_SHARE)
      ? some(random, speakers, 1 + random.below(3)).map((by) => ({
          by,
          emoji: pick(random, EMOJI),
        }))
      : [];
    return { author: last, content, reactions };
  });
};

/** How many of a number fall to each of some parts; together they are that number. */
const shares = (count: number, parts: number): readonly number[] =>
  Array.from({ length: parts }, (_, n) => Math.floor(count / parts) + (n < count % parts ? 1 : 0));

/** A community of people, guilds, roles and channels who say exactly this many messages. */
export const planCommunity = (seed: number, messages: number): Plan => {
  const random = createRandom(seed);
  const people = FIRST_NAMES.map((name) => `${name}_${random.below(900) + 100}`);
  const rooms = GUILDS.reduce((sum, { topics }) => sum + topics.length, 1);
  const counts = [...shares(messages, rooms)];
  const guilds = GUILDS.map(({ name, visibility, topics, share, roles }, n): PlannedGuild => {
    const [owner = '', ...members] = some(random, people, Math.ceil(people.length * share));
    const everyone = [owner, ...members];
    const stewards = some(random, members, STEWARDS_COUNT);
    const channels = topics.map((topic) => ({
      name: topic.channel,
      onlyRole: null,
      posts: converse(random, topic, everyone, counts.shift() ?? 0),
    }));
    const closed: PlannedChannel[] =
      n > 0
        ? []
        : [
            {
              name: TOPICS.stewards.channel,
              onlyRole: STEWARDS,
              posts: converse(random, TOPICS.stewards, [owner, ...stewards], counts.shift() ?? 0),
            },
          ];
    return {
      ...{ name, visibility, owner, members },
      roles: [
        ...roles.map((role) => ({ ...role, holders: some(random, members, members.length / 3) })),
        ...(n > 0 ? [] : [{ name: STEWARDS, color: '#7a4fb0', holders: stewards }]),
      ],
      channels: [...channels, ...closed],
    };
  });
  return { people, guilds };
};
