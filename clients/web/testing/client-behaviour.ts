// What the client does for people, as tests that any server of the contract must pass together with it.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type Browser, type Page } from 'playwright-core';
import { openPage, type WatchedPage } from './browser.ts';
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

export type Subject = { readonly browser: Browser; readonly origin: string };

const AXE = readFileSync(
  createRequire(path.join(process.cwd(), 'package.json')).resolve('axe-core/axe.min.js'),
  'utf8',
);

type Finding = { readonly id: string; readonly targets: readonly string[] };

/** What axe-core finds wrong on the page as it is. The library comes in past the policy, through the debugger. */
export const accessibilityFindings = async (page: Page): Promise<readonly Finding[]> => {
  await page.evaluate(AXE);
  const found: unknown = await page.evaluate(`axe.run(document).then(({ violations }) =>
    violations.map(({ id, nodes }) => ({ id, targets: nodes.map((node) => node.html.slice(0, 160) + ' ' + (node.any[0]?.message ?? '')) })))`);
  return found as readonly Finding[];
};

const setLook = (page: Page, fields: Readonly<Record<string, unknown>>) =>
  page.evaluate(
    (changed) => {
      const first = { theme: 'dark', contrast: false, density: 'comfortable' };
      const rest = { lessMotion: true, showMembers: true };
      localStorage.setItem('filament.settings', JSON.stringify({ ...first, ...rest, ...changed }));
    },
    { ...fields },
  );

// Names must be new on a server that is kept between runs.
const unique = () => Date.now().toString(36);

/** Declares the tests. `subjectOf`, asked when they run, names a running server that serves the built client at `/`. */
export const describeClient = (what: string, subjectOf: () => Subject): void => {
  describe(`the client with ${what}`, () => {
    let browser: Browser;
    let origin: string;
    const opened: WatchedPage[] = [];
    const stamp = unique();
    const owner = `owner_${stamp}`;
    const guest = `guest_${stamp}`;
    const guild = `Kiln ${stamp}`;

    const open = async (size?: { readonly width: number; readonly height: number }) => {
      const watched = await openPage(browser, size);
      opened.push(watched);
      return watched.page;
    };

    beforeAll(() => {
      ({ browser, origin } = subjectOf());
    });
    afterEach(async () => {
      const troubles = opened.flatMap((each) => each.troubles);
      for (const { context } of opened.splice(0)) await context.close();
      expect(troubles).toEqual([]);
    });

    const enter = async (username: string, size?: { width: number; height: number }) => {
      const page = await open(size);
      await signIn(page, origin, username);
      return page;
    };
    const enterLab = async (username: string, size?: { width: number; height: number }) => {
      const page = await enter(username, size);
      if ((size?.width ?? 1400) < 1000) await page.getByLabel('Open channel list').click();
      await page
        .getByRole('navigation', { name: 'Guilds', exact: true })
        .getByRole('link', { name: guild })
        .click();
      await composer(page).waitFor();
      return page;
    };

    it('takes two strangers from signing up to talking', async () => {
      const one = await open();
      await signUp(one, origin, owner);
      await makeGuild(one, guild);
      await makeChannel(one, 'glaze-lab');
      await say(one, 'Is anybody **here**?');
      await messageWith(one, 'Is anybody here?').waitFor();

      const two = await open();
      await signUp(two, origin, guest);
      await joinGuild(two, guild);
      await messageWith(two, 'Is anybody here?').locator('strong').waitFor();
      await say(two, 'I am.');
      await messageWith(one, 'I am.').waitFor();
      await one.getByRole('list', { name: 'Members' }).getByText(guest).waitFor();
      expect(await messageWith(two, 'I am.').count()).toBe(1);
    }, 60_000);

    it('edits, reacts and deletes, and everyone sees it', async () => {
      const [one, two] = [await enterLab(owner), await enterLab(guest)];
      await say(one, 'first draft');
      await messageWith(two, 'first draft').waitFor();
      await one.locator('[data-message-id]').filter({ hasText: 'first draft' }).waitFor();
      await composer(one).press('ArrowUp');
      await one.getByRole('textbox', { name: 'Edit message' }).fill('second draft');
      await one.keyboard.press('Enter');
      await messageWith(two, 'second draft').waitFor();

      await messageWith(two, 'second draft').hover();
      await messageWith(two, 'second draft').getByLabel('Add reaction').click();
      await two.getByRole('button', { name: '🔥' }).click();
      const reaction = messageWith(one, 'second draft').getByRole('button', {
        name: /^🔥 1 person/,
      });
      await reaction.click();
      await messageWith(two, 'second draft')
        .getByRole('button', { name: /^🔥 2 people/ })
        .waitFor();

      await messageWith(one, 'second draft').hover();
      await messageWith(one, 'second draft').getByLabel('Delete').click();
      await one.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
      await messageWith(two, 'second draft').waitFor({ state: 'detached' });
      await messageWith(one, 'second draft').waitFor({ state: 'detached' });
    }, 60_000);

    it('finds a message and leads to it', async () => {
      const page = await enterLab(owner);
      const word = `crystal${stamp}`;
      await say(page, `the ${word} glaze`);
      await page.locator('[data-message-id]').filter({ hasText: word }).waitFor();
      const results = await searchFor(page, word);
      await results.getByRole('link').first().click();
      await page.locator('article.highlighted').filter({ hasText: word }).waitFor();
      expect(new URL(page.url()).hash).toMatch(/\/m\/[0-9A-Z]{26}$/);
    }, 60_000);

    it('stays signed in over a reload, and signs out', async () => {
      const page = await enterLab(owner);
      const address = page.url();
      await page.reload();
      await composer(page).waitFor();
      expect(page.url()).toBe(address);
      await page.getByRole('button', { name: 'Settings' }).click();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('button', { name: 'Sign in' }).waitFor();
      await page.reload();
      await page.getByRole('button', { name: 'Sign in' }).waitFor();
    }, 60_000);

    it('can be used by keyboard alone', async () => {
      const page = await enter(owner);
      const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
      // Focus comes back a moment after a dialog or a message has gone: waited for, and the test fails if it never does.
      const untilFocused = (label: string, wanted = true) =>
        page.waitForFunction(
          ([part, has]) =>
            (document.activeElement?.getAttribute('aria-label') ?? '').includes(part) === has,
          [label, wanted] as const,
        );
      await page.keyboard.press('Control+k');
      await page.keyboard.type(guild);
      await page.getByRole('option').first().waitFor();
      await page.keyboard.press('Enter');
      await composer(page).waitFor();
      for (let turn = 0; turn < 5 && !(await focused())?.startsWith('Message #'); turn += 1)
        await page.keyboard.press('F6');
      await untilFocused('Message #glaze-lab');
      await page.keyboard.type('typed only');
      await page.keyboard.press('Enter');
      await page.locator('[data-message-id]').filter({ hasText: 'typed only' }).waitFor();
      await page.keyboard.press('Shift+Tab');
      await untilFocused('typed only');
      await page.keyboard.press('r');
      await page.getByRole('dialog', { name: 'Pick an emoji' }).waitFor();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Enter');
      await messageWith(page, 'typed only')
        .getByRole('button', { name: /❤️ 1 person, you too/ })
        .waitFor();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await untilFocused('typed only');
      await page.keyboard.press('ArrowUp');
      await untilFocused('typed only', false);
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('e');
      await page.keyboard.type(', nothing clicked');
      await page.keyboard.press('Enter');
      await messageWith(page, 'typed only, nothing clicked').waitFor();
      await untilFocused('Message #glaze-lab');
      await page.keyboard.press('Shift+Tab');
      await page.keyboard.press('Delete');
      await page.getByRole('dialog', { name: 'Delete this message?' }).waitFor();
      await page.keyboard.press('Enter');
      await messageWith(page, 'typed only').waitFor({ state: 'detached' });
      await untilFocused('Message #glaze-lab');
      await page.keyboard.press('Control+/');
      await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await untilFocused('Message #glaze-lab');
    }, 60_000);

    it('works on a screen 360 pixels wide', async () => {
      const page = await enterLab(guest, { width: 360, height: 740 });
      await say(page, 'from a small screen');
      await messageWith(page, 'from a small screen').waitFor();
      await page.getByRole('button', { name: 'Members' }).click();
      await page.getByRole('list', { name: 'Members' }).getByText(owner).waitFor();
      await page.keyboard.press('Escape');
      await composer(page).waitFor();
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow).toBe(0);
      expect(await feed(page).evaluate((each) => each.scrollWidth - each.clientWidth)).toBe(0);
    }, 60_000);

    it.each([
      ['dark', false],
      ['light', false],
      ['dark', true],
      ['light', true],
    ])(
      'gives axe-core nothing to find (%s, high contrast: %s)',
      async (theme, contrast) => {
        const page = await open();
        await page.goto(origin);
        await setLook(page, { theme, contrast });
        await page.reload();
        const findings: Record<string, unknown> = {};
        const look = async (screen: string) => {
          const found = await accessibilityFindings(page);
          if (found.length > 0) findings[screen] = found;
        };
        await page.getByLabel('Username').waitFor();
        await look('sign in');
        await page.getByRole('button', { name: 'Sign in' }).click();
        await look('sign in, refused');
        await signIn(page, origin, owner);
        await page
          .getByRole('navigation', { name: 'Your guilds' })
          .getByRole('link')
          .first()
          .waitFor();
        await look('home');
        await page
          .getByRole('navigation', { name: 'Guilds', exact: true })
          .getByLabel('Find a guild')
          .click();
        await page.getByRole('button', { name: `Open ${guild}` }).waitFor();
        await look('discover');
        await page.getByRole('button', { name: `Open ${guild}` }).click();
        await composer(page).waitFor();
        await say(page, 'Look: `code`, https://x.test/ and\n\n- a list\n\n```py\nprint(1)\n```');
        await page.locator('[data-message-id]').filter({ hasText: 'a list' }).first().waitFor();
        await page.getByRole('list', { name: 'Members' }).waitFor();
        await messageWith(page, 'Look:').last().hover();
        await look('conversation');
        await messageWith(page, 'Look:').last().getByLabel('Add reaction').click();
        await look('emoji');
        await page.keyboard.press('Escape');
        await messageWith(page, 'Look:').last().getByLabel('Delete').click();
        await look('delete');
        await page.keyboard.press('Escape');
        await page.getByLabel('Search messages').fill('Look');
        await page.keyboard.press('Enter');
        await page
          .getByText(/results?$|Nothing found/)
          .first()
          .waitFor();
        await look('search');
        for (const [name, keys] of [
          ['switcher', 'Control+k'],
          ['shortcuts', 'Control+/'],
        ] as const) {
          await page.keyboard.press(keys);
          await page.getByRole('dialog').waitFor();
          await look(name);
          await page.keyboard.press('Escape');
        }
        for (const [name, label] of [
          ['settings', 'Settings'],
          ['new guild', 'Make a guild'],
          ['new channel', 'Create a channel'],
        ] as const) {
          await page.getByRole('button', { name: label, exact: true }).first().click();
          await page.getByRole('dialog').waitFor();
          await look(name);
          await page.keyboard.press('Escape');
        }
        expect(findings).toEqual({});
      },
      90_000,
    );
  });
};
