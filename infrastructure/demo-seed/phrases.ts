// What the people of a demonstration talk of. Invented for it; `{x}` stands for one of the words of that name.

export type Topic = {
  readonly channel: string;
  readonly opens: readonly string[];
  readonly goesOn: readonly string[];
};

export const WORDS: Readonly<Record<string, readonly string[]>> = {
  day: ['Monday', 'Tuesday', 'Thursday', 'Friday', 'the weekend', 'the long weekend'],
  hour: ['seven', 'half past six', 'noon', 'eight sharp', 'a bit after nine'],
  place: ['the old boathouse', 'the library', 'the back room', 'the river path', 'the workshop'],
  dish: ['lentil soup', 'a plum cake', 'pickled beets', 'far too much bread', 'saffron buns'],
  plant: ['the tomatoes', 'the quince tree', 'the runner beans', 'the mint', 'the sunflowers'],
  tool: ['the big ladder', 'the label printer', 'the bench vice', 'the projector', 'the loom'],
  game: ['Copper Canyon', 'Nine Lanterns', 'the train game', 'Moth & Candle', 'Harbour Lights'],
  part: ['the left hinge', 'the power supply', 'the third shelf', 'the spare key', 'the manual'],
  count: ['two', 'three', 'five', 'a dozen', 'at least twenty'],
};

const GREETINGS = [
  'Sounds good to me.',
  'Count me in.',
  'Same here!',
  'Ha, of course.',
  'Thank you!',
];

const topic = (channel: string, opens: readonly string[], goesOn: readonly string[]): Topic => ({
  channel,
  opens,
  goesOn: [...goesOn, ...GREETINGS],
});

export const TOPICS = {
  square: topic(
    'square',
    [
      'Good morning, everyone. Anybody up for {place} on {day}?',
      'The poster for {day} is up. We need {count} more hands.',
      'Who left {dish} in the kitchen? It was **wonderful**.',
      'Reminder: we meet at {hour}, and `the door code` has changed.',
    ],
    [
      'I can be there by {hour}.',
      'Not {day}, please, I promised to look after {plant}.',
      'Bring {dish} and nobody will complain.',
      'Let us say {hour} at {place}, then.',
      'Who has the key to {place}?',
      'There were {count} of us last time.',
    ],
  ),
  garden: topic(
    'garden',
    [
      'Something has been eating {plant} again.',
      'The frost took {plant} last night. Everything else stands.',
      'We have seeds for {count} beds. Who wants which?',
    ],
    [
      'Try a ring of ash around {plant}, it worked at {place}.',
      'Mine look the same. I blame the wind.',
      'I will water them on {day}.',
      'The barrel behind {place} is nearly full.',
      'That makes {count} jars, if the wasps leave us any.',
    ],
  ),
  workshop: topic(
    'workshop',
    [
      'Has anyone seen {tool}?',
      '{tool} makes a noise like a goose. Is that new?',
      'I need {part} by {day}, or the whole thing waits.',
    ],
    [
      'It was beside {place} on {day}.',
      'Do not trust {part}. Measure it first.',
      'I replaced {part}; it runs, but *do not* touch it until {hour}.',
      'There are {count} of those in the drawer under the window.',
      'Same trouble with {tool}. A drop of oil, then patience.',
    ],
  ),
  table: topic(
    'games-table',
    [
      '{game} on {day}? We are {count} so far.',
      'We finished {game} at last. Only took until {hour}.',
      'House rule for {game}: no trading after {hour}.',
    ],
    [
      'I am still bitter about last time.',
      'Only if we use the small board.',
      'I bring {game} and {dish}.',
      'Spoiler: the lighthouse keeper did it.',
      'We should write the score down this time.',
    ],
  ),
  stewards: topic(
    'stewards',
    ['The rent for {place} is due on {day}.', 'Two complaints about {tool}. Shall we buy another?'],
    [
      'I will answer them tonight.',
      'We have money for {count} months.',
      'Agreed. Minutes are in the usual place.',
      'Please keep {day} free for the meeting.',
    ],
  ),
} as const;

export const FIRST_NAMES = [
  ...['amara', 'bertil', 'chidi', 'dagny', 'edda', 'farouk', 'grete', 'hanno', 'ines', 'jorun'],
  ...['kalle', 'leila', 'mirko', 'nadja', 'olamide', 'petra', 'quentin', 'runa', 'sefa', 'tilda'],
] as const;

export const EMOJI = ['👍', '🎉', '😂', '❤️', '👀', '🌱'] as const;
