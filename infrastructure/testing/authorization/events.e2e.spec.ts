// Every event of the gateway, on a real server: what causes it, all that it says, who hears it and who does not, and in
// which order. Whatever anybody hears beyond the row is a failure too.
import { CLIENT_FRAMES, SERVER_FRAMES } from '../../documents/asyncapi.ts';
import { createTestSite, until } from '../test-site.ts';
import { ERASURE_EVENT_ROWS } from './erasure-event-rows.ts';
import { type EventRow, type Hearer, type Told } from './event-row.ts';
import { filledIn, type HeardFrame, openScenes, type Scene } from './event-scene.ts';
import { GUILD_EVENT_ROWS } from './guild-event-rows.ts';
import { MEMBER_EVENT_ROWS } from './member-event-rows.ts';
import { CONNECTION_EVENT_ROWS, MESSAGE_EVENT_ROWS } from './message-event-rows.ts';
import { PEOPLE_EVENT_ROWS } from './people-event-rows.ts';
import { RESUME_EVENT_ROWS, TOLD_BY_RESUME } from './resume-event-rows.ts';

jest.setTimeout(120_000);

/** No request causes it, but an operator's command: cli/undo.e2e.spec.ts holds what it says and who hears it. */
const TOLD_BY_UNDO: readonly string[] = ['channel_delete'];

const PATIENCE_MS = 5_000;

const EVENT_ROWS: readonly EventRow[] = [
  ...CONNECTION_EVENT_ROWS,
  ...MESSAGE_EVENT_ROWS,
  ...GUILD_EVENT_ROWS,
  ...MEMBER_EVENT_ROWS,
  ...PEOPLE_EVENT_ROWS,
  ...RESUME_EVENT_ROWS,
  ...ERASURE_EVENT_ROWS,
];

const site = createTestSite('events');
afterAll(site.cleanUp);
let openScene: () => Promise<Scene>;
beforeAll(async () => {
  openScene = await openScenes(site);
});

it('has a row for every event of the contract, and for no other', () => {
  const listed = new Set(EVENT_ROWS.flatMap(({ told }) => told.map(({ t }) => t)));
  expect([...listed, ...TOLD_BY_RESUME, ...TOLD_BY_UNDO].sort()).toEqual(
    SERVER_FRAMES.map(({ name }) => name).sort(),
  );
});

it('has a row for every operation of the gateway, and for no other', () => {
  const sent = EVENT_ROWS.flatMap(({ acts }) =>
    acts.flatMap((act) => ('sends' in act ? act.sends : [])),
  );
  expect([...new Set(sent)].sort()).toEqual(CLIENT_FRAMES.map(({ name }) => name).sort());
});

type Moment = { readonly from: number; readonly to: number };
const seconds = () => Math.floor(Date.now() / 1000);
const isId = (value: unknown) =>
  typeof value === 'string' && /^[0-9A-HJKMNP-TV-Z]{26}$/.test(value);
const sorted = (values: readonly unknown[]) => values.map(String).sort();

/** The expected, with what it leaves open taken from the heard wherever that is of the kind. */
const settled = (expected: unknown, heard: unknown, moment: Moment): unknown => {
  if (expected === '$now')
    return Number.isInteger(heard) && Number(heard) >= moment.from && Number(heard) <= moment.to
      ? heard
      : `a second from ${moment.from} to ${moment.to}`;
  if (expected === '$place') return typeof heard === 'string' ? heard : 'a place';
  if (expected === '$any') return isId(heard) ? heard : 'an id';
  if (Array.isArray(expected))
    return expected.map((each, at) =>
      settled(each, (heard as unknown[] | undefined)?.[at], moment),
    );
  if (expected === null || typeof expected !== 'object') return expected;
  const other = heard !== null && typeof heard === 'object' ? heard : {};
  return Object.fromEntries(
    Object.entries(expected).map(([key, each]) => {
      const found: unknown = Reflect.get(other, key);
      // Who is online is told in no particular order.
      if (key === 'user_ids' && Array.isArray(found))
        return [key, sorted(found).join() === sorted(each as unknown[]).join() ? found : each];
      return [key, settled(each, found, moment)];
    }),
  );
};

/** What this one must hear, in order; what has no promised place stands where it was heard. */
const expectedBy = (
  hearer: Hearer,
  told: readonly Told[],
  heard: readonly HeardFrame[],
  { names }: Scene,
  moment: Moment,
) => {
  const theirs = told.filter(({ to }) => to.includes(hearer));
  const inOrder = theirs.filter(({ whenever }) => whenever !== true);
  const expected: Told[] = [...inOrder];
  for (const loose of theirs.filter(({ whenever }) => whenever === true)) {
    const at = heard.findIndex(({ t }) => t === loose.t);
    expected.splice(at < 0 ? expected.length : at, 0, loose);
  }
  return expected.map(({ t, d }, at) => ({
    v: 1,
    t,
    d: settled(filledIn(d, names), heard[at]?.d, moment),
  }));
};

it.each(EVENT_ROWS.map((row) => [row.what, row] as const))(
  'tells of %s whom the matrix names, exactly, in order, and nobody else',
  async (_, { before = [], acts, told }) => {
    const scene = await openScene();
    for (const act of before) expect((await scene.perform(act)) ?? 200).toBeLessThan(300);
    await scene.settle();
    scene.forget();
    const from = seconds();
    for (const act of acts) await scene.perform(act);
    // The end of a socket is noticed in its own time: a barrier may come before it.
    const hasAll = () =>
      [...scene.heard()].every(
        ([hearer, frames]) => frames.length >= told.filter(({ to }) => to.includes(hearer)).length,
      );
    await until('all is heard', hasAll, PATIENCE_MS).catch(() => {}); // What is missing is shown below.
    await scene.settle();
    const moment = { from, to: seconds() };
    const heard = scene.heard();
    const expected = new Map(
      [...heard].map(([hearer, frames]) => [
        hearer,
        expectedBy(hearer, told, frames, scene, moment),
      ]),
    );
    await scene.close();
    expect(Object.fromEntries(heard)).toEqual(Object.fromEntries(expected));
  },
);
