// The built client in a real Chromium with the real server: everything people do, an outage, and a long history.
import { type Browser, type Page, type WebSocketRoute } from 'playwright-core';
import { openPage, startBrowser, type WatchedPage } from './browser.ts';
import { describeClient } from './client-behaviour.ts';
import {
  composer,
  feed,
  joinGuild,
  makeChannel,
  makeGuild,
  messageWith,
  say,
  searchFor,
  signIn,
  signUp,
} from './journeys.ts';
import {
  anchorOf,
  confirmed,
  movedBy,
  pointAtFeed,
  settled,
  shownTexts,
  still,
  wheelUp,
} from './reading.ts';
import { type RealServer, startRealServer } from './real-server.ts';
import { createSeeder } from './seeding.ts';

jest.setTimeout(120_000);

const ROWS_MAX = 200;

let server: RealServer;
let browser: Browser;
const opened: WatchedPage[] = [];

beforeAll(async () => {
  [browser, server] = await Promise.all([startBrowser(), startRealServer()]);
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});
afterEach(async () => {
  const troubles = opened.flatMap((each) => each.troubles);
  for (const { context } of opened.splice(0)) await context.close();
  expect(troubles).toEqual([]);
});

const open = async (): Promise<Page> => {
  const watched = await openPage(browser);
  opened.push(watched);
  return watched.page;
};

describeClient('the real server', () => ({ browser, origin: server.origin }));

describe('an outage', () => {
  const placeOf = (page: Page) => {
    const [, guild = '', channel = ''] = /#\/g\/(\w+)\/c\/(\w+)/.exec(page.url()) ?? [];
    return { guild, channel };
  };
  const lost = (page: Page) => page.locator('[data-connection]').getByText(/Connection lost/);

  it('of a crashing server costs two people no message, doubles none and keeps their order', async () => {
    const [one, two] = [await open(), await open()];
    await signUp(one, server.origin, 'Tove');
    await makeGuild(one, 'Outage Drill');
    await makeChannel(one, 'drill');
    await signUp(two, server.origin, 'Miro');
    await joinGuild(two, 'Outage Drill');
    for (const round of [1, 2, 3]) {
      await say(one, `Tove before ${round}`);
      await messageWith(two, `Tove before ${round}`).waitFor();
      await say(two, `Miro before ${round}`);
      await messageWith(one, `Miro before ${round}`).waitFor();
    }

    // These are on their way when the server dies.
    await Promise.all([say(one, 'Tove during'), say(two, 'Miro during'), server.crash()]);
    await Promise.all([lost(one).waitFor(), lost(two).waitFor()]);
    for (const [page, name] of [
      [one, 'Tove'],
      [two, 'Miro'],
    ] as const) {
      for (const round of [1, 2, 3]) await say(page, `${name} in the dark ${round}`);
      await messageWith(page, `${name} in the dark 3`).waitFor();
      await page.getByText('Not sent.').first().waitFor();
    }

    await server.comeBack();
    await Promise.all([lost(one), lost(two)].map((each) => each.waitFor({ state: 'detached' })));
    for (const page of [one, two])
      for (const name of ['Tove', 'Miro']) await confirmed(page, `${name} in the dark 3`);
    await say(one, 'Tove after');
    await messageWith(two, 'Tove after').waitFor();
    await say(two, 'Miro after');
    await messageWith(one, 'Miro after').waitFor();

    const seeder = createSeeder(server.origin);
    const history = await seeder.history(await seeder.signIn('Tove'), placeOf(one));
    for (const name of ['Tove', 'Miro'])
      expect(history.filter((words) => words.startsWith(name))).toEqual(
        ['before 1', 'before 2', 'before 3', 'during', 'in the dark 1', 'in the dark 2']
          .concat('in the dark 3', 'after')
          .map((words) => `${name} ${words}`),
      );
    expect(await shownTexts(one)).toEqual(history);
    expect(await shownTexts(two)).toEqual(history);
  });
});

describe('a cut connection', () => {
  /** Lets the test cut the page's sockets and keep new ones from opening, and sees what goes over them. */
  const wire = async (page: Page) => {
    const open = new Set<WebSocketRoute>();
    const asked: string[] = [];
    const told: string[] = [];
    let isCut = false;
    await page.routeWebSocket(/gateway\/ws/, (route) => {
      if (isCut) {
        void route.close();
        return;
      }
      open.add(route);
      const server = route.connectToServer();
      route.onMessage((message) => {
        asked.push(String(message));
        server.send(message);
      });
      server.onMessage((message) => {
        told.push(String(message));
        route.send(message);
      });
    });
    return {
      asked,
      told,
      cut: async () => {
        isCut = true;
        for (const route of open) await route.close();
        open.clear();
      },
      mend: () => {
        isCut = false;
      },
    };
  };
  const change = async (page: Page, words: string, label: string) => {
    await messageWith(page, words).hover();
    await messageWith(page, words).getByLabel(label).click();
  };

  it('costs nothing of what the other posts, edits, deletes and reacts meanwhile', async () => {
    const [one, two] = [await open(), await open()];
    const line = await wire(two);
    await signUp(one, server.origin, 'Signe');
    await makeGuild(one, 'Cut Line');
    await makeChannel(one, 'wire');
    await signUp(two, server.origin, 'Ruben');
    await joinGuild(two, 'Cut Line');
    for (const words of ['first text', 'second text', 'third text']) {
      await say(one, words);
      await messageWith(two, words).waitFor();
    }
    await line.cut();
    await two
      .locator('[data-connection]')
      .getByText(/Connection lost/)
      .waitFor();

    await change(one, 'first text', 'Edit');
    await one.getByRole('textbox', { name: 'Edit message' }).fill('first changed');
    await one.keyboard.press('Enter');
    await change(one, 'second text', 'Delete');
    await one.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await messageWith(one, 'second text').waitFor({ state: 'detached' });
    await change(one, 'third text', 'Add reaction');
    await one.getByRole('button', { name: '🔥' }).click();
    await say(one, 'fourth text');
    await confirmed(one, 'fourth text');

    line.asked.splice(0);
    line.mend();
    await messageWith(two, 'fourth text').waitFor();
    await messageWith(two, 'third text')
      .getByRole('button', { name: /^🔥 1 person/ })
      .waitFor();
    const shown = await shownTexts(two);
    expect(shown).toEqual(['first changed', expect.stringMatching(/^third text/), 'fourth text']);
    expect(await messageWith(one, 'third text').count()).toBe(1);
    expect(line.asked.some((frame) => frame.includes('"t":"resume"'))).toBe(true);
    expect(line.told.some((frame) => frame.includes('"t":"resumed"'))).toBe(true);
    await say(one, 'live again');
    await messageWith(two, 'live again').waitFor();
  });
});

describe('a history of 10,000 messages', () => {
  const COUNT = 10_000;
  const LONG = 'The kiln climbs slowly through the night while somebody keeps the log. '.repeat(6);
  let texts: readonly string[] = [];
  let address = '';

  beforeAll(async () => {
    const seeder = createSeeder(server.origin);
    const token = await seeder.signUp('Archivist');
    const guild = await seeder.makeGuild(token, 'The Archive');
    const place = await seeder.makeChannel(token, guild, 'firing-log');
    const contents = Array.from({ length: COUNT }, (_, at) =>
      at % 7 === 0 ? `entry${at} ${LONG}` : `entry${at}`,
    );
    await seeder.post(token, place, contents);
    texts = await seeder.history(token, place);
    address = `${server.origin}/#/g/${place.guild}/c/${place.channel}`;
  });

  const enter = async () => {
    const page = await open();
    await signIn(page, server.origin, 'Archivist');
    await page.goto(address);
    await composer(page).waitFor();
    await settled(page);
    return page;
  };
  const firstWords = (all: readonly string[]) => all.map((words) => words.split(' ')[0] ?? '');

  it('is scrolled with few rows in the page, and stays where it is read while more is loaded', async () => {
    expect(new Set(firstWords(texts)).size).toBe(COUNT);
    const page = await enter();
    expect((await shownTexts(page)).at(-1)).toBe(texts.at(-1)?.trim());
    await pointAtFeed(page);
    const requested: string[] = [];
    let gate = Promise.resolve();
    await page.route(/[?&]before=/, async (route) => {
      requested.push(route.request().url());
      await gate;
      await route.continue();
    });
    expect(await wheelUp(page, 80, 1_500)).toBeLessThanOrEqual(ROWS_MAX);
    expect(requested.length).toBeGreaterThan(5);
    for (let round = 0; round < 3; round += 1) {
      await settled(page);
      let letGo = () => {};
      gate = new Promise<void>((resolve) => (letGo = resolve));
      while ((await feed(page).getAttribute('aria-busy')) === 'false') await wheelUp(page, 1, 700);
      await still(page);
      const before = await anchorOf(page);
      letGo();
      await settled(page);
      expect(await movedBy(page, before)).toBeLessThanOrEqual(1);
    }
    // What is shown is a stretch of the history without a gap. The newest message keeps its row for the keyboard.
    const shown = firstWords(await shownTexts(page)).slice(0, -1);
    const start = firstWords(texts).indexOf(shown[0] ?? '');
    expect(shown).toEqual(firstWords(texts).slice(start, start + shown.length));
    expect(COUNT - start).toBeGreaterThan(500);
  });

  it('is searched, and a found message is shown among its neighbours', async () => {
    const page = await enter();
    const found = firstWords(texts)[3_210] ?? '';
    const results = await searchFor(page, found);
    await results.getByRole('link').first().click();
    await page.locator('article.highlighted').filter({ hasText: found }).waitFor();
    await settled(page);
    for (const at of [3_208, 3_209, 3_211, 3_212])
      await messageWith(page, firstWords(texts)[at] ?? '')
        .first()
        .waitFor();
    const isInView = await messageWith(page, found).evaluate((row) => {
      const { top, bottom } = row.getBoundingClientRect();
      return top > 0 && bottom < innerHeight;
    });
    expect(isInView).toBe(true);
    expect(await feed(page).getByRole('article').count()).toBeLessThanOrEqual(ROWS_MAX);
    await page.getByRole('button', { name: /Jump to present/ }).click();
    await messageWith(page, firstWords(texts).at(-1) ?? '').waitFor();
  });
});
