// The built client in a real Chromium against the fake server: what only a server that can be made to fail can show.
import path from 'node:path';
import { type Browser, type Page } from 'playwright-core';
import { openPage, startBrowser, type WatchedPage } from './browser.ts';
import { type FakeServer, startFakeServer } from './fake-server.ts';
import { composer, feed, messageWith, PASSWORD, say, searchFor, signIn } from './journeys.ts';
import { anchorOf, loading, movedBy, pointAtFeed, settled, shownTexts, still } from './reading.ts';
import { fillWorkshop } from './sample-workshop.ts';

jest.setTimeout(60_000);

const WEB_ROOT = path.join(process.cwd(), 'dist/web');

let browser: Browser;
let server: FakeServer;
let workshop: ReturnType<typeof fillWorkshop>;
const opened: WatchedPage[] = [];

beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  server = await startFakeServer({ webRoot: WEB_ROOT });
  workshop = fillWorkshop(server, Date.now() - 60_000);
});
afterEach(async () => {
  const troubles = opened.flatMap((each) => each.troubles);
  for (const { context } of opened.splice(0)) await context.close();
  await server.stop();
  expect(troubles).toEqual([]);
});

const addressOf = (channel: string) =>
  `${server.origin}/#/g/${workshop.guild.id}/c/${workshop.channelId(channel)}`;

const enter = async (
  username: string,
  channel = 'glaze-lab',
  size?: { width: number; height: number },
): Promise<Page> => {
  const watched = await openPage(browser, size);
  opened.push(watched);
  await signIn(watched.page, server.origin, username);
  await watched.page.goto(addressOf(channel));
  await composer(watched.page).waitFor();
  return watched.page;
};
const userId = (name: string) => workshop.users.find(({ username }) => username === name)?.id ?? '';
const post = (channel: string, name: string, words: string) =>
  server.say(workshop.guild.id, workshop.channelId(channel), userId(name), words);
const online = (page: Page) =>
  page.getByRole('region', { name: 'You' }).getByText('online').waitFor();

describe('an erased account', () => {
  it('leaves neither its name nor its words on the screen', async () => {
    const page = await enter('tamsin');
    post('glaze-lab', 'coil_pot', 'a quixotic chrysoprase');
    await messageWith(page, 'quixotic').waitFor();
    const results = await searchFor(page, 'quixotic');
    await results.getByText('coil_pot', { exact: true }).waitFor();
    server.eraseUser(workshop.guild.id, userId('coil_pot'));
    for (const trace of [
      page.getByText('chrysoprase'),
      page.getByText('coil_pot', { exact: true }),
    ])
      await trace.first().waitFor({ state: 'detached' });
  });
});

describe('sending', () => {
  it('shows a message at once, once, and in its place when it is confirmed', async () => {
    const page = await enter('tamsin');
    server.faults.delayPostMs = 400;
    await say(page, 'fresh from the kiln');
    const row = messageWith(page, 'fresh from the kiln');
    await row.waitFor({ timeout: 300 });
    const key = await row.getAttribute('data-row');
    await page.locator(`[data-row="${key ?? ''}"][data-message-id]`).waitFor();
    expect(await row.count()).toBe(1);
  });

  it('keeps a message that could not be sent, and sends it once when asked', async () => {
    const page = await enter('tamsin');
    server.faults.posts = 1_000;
    await say(page, 'stubborn');
    await page.getByText('Not sent.').waitFor();
    await page.reload();
    await page.getByText('Not sent.').waitFor();
    server.faults.posts = 0;
    await page.getByRole('button', { name: 'Send again' }).click();
    await page.locator('[data-message-id]').filter({ hasText: 'stubborn' }).waitFor();
    expect(await page.getByText('Not sent.').count()).toBe(0);
    const stored = server.messages.get(workshop.lab) ?? [];
    expect(stored.filter(({ content }) => content === 'stubborn')).toHaveLength(1);
    expect(new Set(server.seenKeys).size).toBe(1);
  });

  it('is not doubled by an answer that got lost', async () => {
    const page = await enter('tamsin');
    server.faults.loseAnswers = 1;
    await say(page, 'only once');
    await page.waitForFunction(
      () => !Object.keys(localStorage).some((key) => key.startsWith('filament.outbox.')),
    );
    expect(await messageWith(page, 'only once').count()).toBe(1);
    const stored = server.messages.get(workshop.lab) ?? [];
    expect(stored.filter(({ content }) => content === 'only once')).toHaveLength(1);
  });

  it('keeps the order of what is written fast', async () => {
    const page = await enter('tamsin');
    server.faults.delayPostMs = 60;
    for (const word of ['one', 'two', 'three', 'four']) await say(page, word);
    await page.waitForFunction(
      () => !Object.keys(localStorage).some((key) => key.startsWith('filament.outbox.')),
    );
    expect((await shownTexts(page)).slice(-4)).toEqual(['one', 'two', 'three', 'four']);
  });
});

describe('what was written while the server was away', () => {
  it('arrives in the order it was written, however late each was given up', async () => {
    const page = await enter('tamsin');
    server.faults.down = true;
    await say(page, 'the first');
    await page.getByText('Not sent.').waitFor();
    await say(page, 'the second');
    server.faults.down = false;
    await say(page, 'the third');
    await page.waitForFunction(
      () => !Object.keys(localStorage).some((key) => key.startsWith('filament.outbox.')),
    );
    expect((await shownTexts(page)).slice(-3)).toEqual(['the first', 'the second', 'the third']);
  });
});

describe('connection', () => {
  it('comes back after the server restarts and misses nothing', async () => {
    const page = await enter('tamsin');
    await online(page);
    await server.stop();
    await page
      .getByText(/Connection lost/)
      .first()
      .waitFor();
    for (let at = 0; at < 130; at += 1)
      server.addMessage(workshop.guild.id, workshop.lab, userId('Mara'), `missed ${at}`);
    const list = server.messages.get(workshop.lab) ?? [];
    list.splice(
      list.findIndex(({ content }) => content.startsWith('Slow cool')),
      1,
    );
    await server.comeBack();
    await page
      .getByRole('button', { name: 'Try now' })
      .click()
      .catch(() => {});
    await messageWith(page, 'missed 129').waitFor();
    await online(page);
    post('glaze-lab', 'June', 'after the restart');
    await messageWith(page, 'after the restart').waitFor();
    expect(await messageWith(page, 'missed 129').count()).toBe(1);
    expect(await page.getByText(/Trying again/).count()).toBe(0);
  });

  it('gets a new token when the old ones are gone, and stays signed in over a reload', async () => {
    const page = await enter('tamsin');
    await online(page);
    server.forgetTokens();
    server.dropSockets();
    await page
      .getByText(/Connection lost/)
      .first()
      .waitFor();
    await online(page);
    await page.reload();
    await messageWith(page, 'Joining from').waitFor();
  });

  it('lets two tabs of one person renew without signing each other out', async () => {
    const page = await enter('tamsin');
    const other = await page.context().newPage();
    await other.goto(addressOf('glaze-lab'));
    await messageWith(other, 'Joining from').waitFor();
    for (let round = 0; round < 3; round += 1) {
      server.forgetTokens();
      await Promise.all([page.reload(), other.reload()]);
      await Promise.all([online(page), online(other)]);
    }
    post('glaze-lab', 'June', 'hello tabs');
    await messageWith(page, 'hello tabs').waitFor();
    await messageWith(other, 'hello tabs').waitFor();
  });

  it('sends what was written while offline', async () => {
    const page = await enter('tamsin');
    await online(page);
    server.faults.down = true;
    server.dropSockets();
    await page
      .getByText(/Connection lost/)
      .first()
      .waitFor();
    await say(page, 'written in the dark');
    await messageWith(page, 'written in the dark').waitFor();
    await page.getByText('Not sent.').waitFor();
    server.faults.down = false;
    await page.locator('[data-message-id]').filter({ hasText: 'written in the dark' }).waitFor();
  });
});

describe('session', () => {
  it('says when it was ended by the server', async () => {
    const page = await enter('tamsin');
    await online(page);
    server.endSessions();
    server.dropSockets();
    await page.getByText('Your session has ended').waitFor();
    await signIn(page, server.origin, 'tamsin');
  });

  it('waits for a server that is away when the page is opened', async () => {
    const page = await enter('tamsin');
    server.faults.down = true;
    await page.reload();
    await page.getByText('Your guilds could not be loaded.').waitFor();
    server.faults.down = false;
    await messageWith(page, 'Joining from').waitFor();
    await online(page);
  });
});

describe('history', () => {
  const fill = (count: number) => {
    const start = Date.now() - count * 60_000;
    for (let at = 0; at < count; at += 1)
      server.addMessage(
        workshop.guild.id,
        workshop.channelId('firing-log'),
        userId(['Mara', 'June', 'Ozan'][Math.floor(at / 3) % 3] ?? 'Mara'),
        at % 7 === 0 ? `entry ${at}\n\n${'long words '.repeat(30)}` : `entry ${at}`,
        start + at * 60_000,
      );
  };
  it('keeps the place of a reader who waits at the very top for more', async () => {
    fill(1_000);
    const page = await enter('tamsin', 'firing-log');
    await messageWith(page, 'entry 999').waitFor();
    await settled(page);
    server.faults.delayMs = 300;
    for (let round = 0; round < 3; round += 1) {
      await feed(page).evaluate((scroller) => (scroller.scrollTop = 0));
      await loading(page);
      await still(page);
      const before = await anchorOf(page);
      await settled(page);
      expect(await movedBy(page, before)).toBeLessThanOrEqual(1);
    }
  });

  it('reaches the present in one press, also from far up', async () => {
    fill(2_000);
    const page = await enter('tamsin', 'firing-log');
    await messageWith(page, 'entry 1999').waitFor();
    for (let turn = 0; turn < 6; turn += 1) {
      await feed(page).evaluate((scroller) => (scroller.scrollTop = 0));
      await settled(page);
    }
    await page.getByRole('button', { name: /Jump to present/ }).click();
    await messageWith(page, 'entry 1999').waitFor();
    await page.getByRole('button', { name: /Jump to present/ }).waitFor({ state: 'hidden' });
    const away = await feed(page).evaluate(
      (scroller) => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight,
    );
    expect(away).toBeLessThanOrEqual(2);
  });

  it('does not move a reader who has scrolled up when somebody writes', async () => {
    fill(300);
    const page = await enter('tamsin', 'firing-log');
    await messageWith(page, 'entry 299').waitFor();
    await pointAtFeed(page);
    await page.mouse.wheel(0, -900);
    await page.getByRole('button', { name: /Jump to present/ }).waitFor();
    await settled(page);
    const before = await anchorOf(page);
    post('firing-log', 'June', 'news one');
    post('firing-log', 'June', 'news two');
    await page.getByRole('button', { name: '2 new messages' }).waitFor();
    expect(await movedBy(page, before)).toBeLessThanOrEqual(1);
    await page.getByRole('button', { name: '2 new messages' }).click();
    await messageWith(page, 'news two').waitFor();
    await page
      .getByRole('article')
      .filter({ hasText: 'news one' })
      .getByText('New', { exact: true })
      .waitFor();
  });

  it('jumps to a found message, shows what came before and after, and leads on to the present', async () => {
    fill(3_000);
    const page = await enter('tamsin', 'firing-log');
    await messageWith(page, 'entry 2999').waitFor();
    await page.getByLabel('Search messages').fill('entry 1234');
    await page.keyboard.press('Enter');
    const results = page.getByRole('complementary', { name: 'Search results' });
    await results.getByText('1 result').waitFor();
    await results.getByRole('link').first().click();
    await page.locator('article.highlighted').filter({ hasText: 'entry 1234' }).waitFor();
    await messageWith(page, 'entry 1236').waitFor();
    await messageWith(page, 'entry 1232').waitFor();
    const inView = await messageWith(page, 'entry 1234').evaluate((row) => {
      const { top, bottom } = row.getBoundingClientRect();
      return top > 0 && bottom < innerHeight;
    });
    expect(inView).toBe(true);
    // The first row is that of the message jumped to, which keeps its place for the keyboard.
    const numbersShown = async () =>
      (await shownTexts(page)).slice(1).map((words) => Number(/^entry (\d+)/.exec(words)?.[1]));
    let tail = await numbersShown();
    while ((tail.at(-1) ?? 0) <= 1_300) {
      await feed(page).evaluate((scroller) => (scroller.scrollTop = scroller.scrollHeight));
      await settled(page);
      tail = await numbersShown();
    }
    expect(tail).toEqual(tail.map((_, at) => (tail[0] ?? 0) + at));
    await page.getByRole('button', { name: /Jump to present/ }).click();
    await messageWith(page, 'entry 2999').waitFor();
    await page.goBack();
    await page.goBack();
  });

  it('marks off what came while the reader was in another channel, until it is left again', async () => {
    const page = await enter('tamsin');
    await messageWith(page, 'Joining from').waitFor();
    await online(page);
    await page.getByRole('link', { name: 'swap-shelf' }).click();
    await page.getByText('This is the beginning of #swap-shelf').waitFor();
    post('glaze-lab', 'Mara', 'while you were away');
    await page.getByRole('link', { name: 'glaze-lab 1 new message' }).click();
    const isNew = messageWith(page, 'while you were away').getByText('New', { exact: true });
    await isNew.waitFor();
    await page.getByRole('link', { name: 'swap-shelf' }).click();
    await page.getByText('This is the beginning of #swap-shelf').waitFor();
    await page.getByRole('link', { name: 'glaze-lab', exact: true }).click();
    await messageWith(page, 'while you were away').waitFor();
    expect(await isNew.count()).toBe(0);
  });

  it('comes back to where the reader was in a channel', async () => {
    fill(300);
    const page = await enter('tamsin', 'firing-log');
    await messageWith(page, 'entry 299').waitFor();
    await pointAtFeed(page);
    await page.mouse.wheel(0, -1_400);
    await settled(page);
    const before = await anchorOf(page);
    await page.getByRole('link', { name: 'glaze-lab' }).click();
    await messageWith(page, 'Joining from').waitFor();
    await page.goBack();
    await page.locator(`[data-message-id="${before.id}"]`).waitFor();
    await settled(page);
    expect(await movedBy(page, before)).toBeLessThanOrEqual(2);
  });
});

describe('states', () => {
  it.each([
    ['channels', '/channels', 'The channels could not be loaded.'],
    ['members', '/members', 'The members could not be loaded.'],
    ['messages', '/messages', 'The messages could not be loaded.'],
  ])('says when the %s could not be loaded, and tries again', async (_what, failPath, words) => {
    const watched = await openPage(browser);
    opened.push(watched);
    await signIn(watched.page, server.origin, 'tamsin');
    server.faults.failPath = failPath;
    await watched.page.goto(addressOf('glaze-lab'));
    await watched.page.getByText(words).waitFor();
    server.faults.failPath = '';
    await watched.page.getByRole('button', { name: 'Try again' }).first().click();
    await watched.page.getByText(words).waitFor({ state: 'detached' });
  });

  it('names what is wrong when signing in', async () => {
    const watched = await openPage(browser);
    opened.push(watched);
    const { page } = watched;
    await page.goto(server.origin);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Enter your username and your password.').waitFor();
    await page.getByLabel('Username').fill('tamsin');
    await page.getByLabel('Password', { exact: true }).fill('wrong password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText(/don’t match/).waitFor();
    await page.getByRole('button', { name: 'Make an account' }).click();
    await page.getByLabel('Password', { exact: true }).fill(`${PASSWORD}!`);
    await page.getByRole('button', { name: 'Sign up' }).click();
    await page.getByText(/That name is taken/).waitFor();
  });
});
