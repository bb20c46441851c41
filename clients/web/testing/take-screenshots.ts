// Pictures of every screen of the real product, in both themes, wide and narrow. Run by `npm run screenshots`.
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type Browser, type Page } from 'playwright-core';
import { openPage, startBrowser } from './browser.ts';
import { composer, messageWith, say, searchFor, signIn, signUp } from './journeys.ts';
import { settled } from './reading.ts';
import { type RealServer, startRealServer } from './real-server.ts';
import { makeSampleCommunity, type SampleCommunity } from './sample-community.ts';

const FOLDER = path.join(process.cwd(), '.cache/screenshots');
const THEMES = ['dark', 'light'] as const;
const WIDE = { width: 1400, height: 844 };
const NARROW = { width: 360, height: 740 };

type Stage = {
  readonly page: Page;
  readonly server: RealServer;
  readonly community: SampleCommunity;
  readonly newcomer: string; // A name that nobody has yet
  readonly shoot: (name: string) => Promise<void>;
};

const press = async ({ page, shoot }: Stage, keys: string, name: string) => {
  await page.keyboard.press(keys);
  await page.getByRole('dialog').waitFor();
  await shoot(name);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
};
const pressButton = async ({ page, shoot }: Stage, label: string, name: string) => {
  await page.getByRole('button', { name: label, exact: true }).first().click();
  await page.getByRole('dialog').waitFor();
  await shoot(name);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
};
const openConversation = async ({
  page,
  server,
  community: { place },
}: Pick<Stage, 'page' | 'server' | 'community'>) => {
  await page.goto(`${server.origin}/#/g/${place.guild}/c/${place.channel}`);
  await composer(page).waitFor();
  await settled(page);
};
const enterConversation = async (stage: Stage) => {
  await signIn(stage.page, stage.server.origin, stage.community.member);
  await openConversation(stage);
};

const shootEntrance = async (stage: Stage) => {
  const { page, server, shoot, newcomer } = stage;
  await page.getByLabel('Username').waitFor();
  await shoot('sign-in');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await shoot('sign-in-refused');
  await page.getByRole('button', { name: 'Make an account' }).click();
  await shoot('sign-up');
  await signUp(page, server.origin, newcomer);
  await shoot('home-empty');
  await page.evaluate(() => localStorage.clear());
  await page.reload();
  await page.getByLabel('Username').waitFor();
};

const shootWide = async (stage: Stage) => {
  const { page, server, community, shoot } = stage;
  await shootEntrance(stage);
  await signIn(page, server.origin, community.member);
  await page.getByRole('navigation', { name: 'Your guilds' }).getByRole('link').first().waitFor();
  await shoot('home');
  await page.getByLabel('Find a guild').first().click();
  await page.getByRole('button', { name: 'Join Rust' }).waitFor();
  await shoot('discover');
  await openConversation(stage);
  await shoot('conversation');
  await messageWith(page, 'Cone 6').hover();
  await shoot('message-tools');
  await messageWith(page, 'Cone 6').getByLabel('Add reaction').click();
  await page.getByRole('dialog').waitFor();
  await shoot('emoji');
  await page.keyboard.press('Escape');
  await searchFor(page, 'crystals');
  await shoot('search');
  await page.getByLabel('Search messages').fill('porcelain');
  await page.keyboard.press('Enter');
  await page.getByText(/Nothing found/).waitFor();
  await shoot('search-nothing');
  await page
    .getByRole('complementary', { name: 'Search results' })
    .getByRole('button', { name: 'Close' })
    .click();
  await press(stage, 'Control+k', 'switcher');
  await press(stage, 'Control+/', 'shortcuts');
  await pressButton(stage, 'Settings', 'settings');
  await pressButton(stage, 'Make a guild', 'new-guild');
  await page.getByRole('link', { name: 'swap-shelf' }).click();
  await page.getByText('This is the beginning of #swap-shelf').waitFor();
  await shoot('channel-empty');
};

const shootNarrow = async (stage: Stage) => {
  const { page, shoot } = stage;
  await shootEntrance(stage);
  await enterConversation(stage);
  await shoot('conversation');
  await page.getByRole('button', { name: 'Members' }).click();
  await page.getByRole('list', { name: 'Members' }).waitFor();
  await shoot('members');
  await page.keyboard.press('Escape');
  await page.getByLabel('Open channel list').click();
  await shoot('channels');
};

/** The server is gone afterwards, so this is the last thing shot. */
const shootOutage = async (stages: readonly Stage[], server: RealServer) => {
  for (const stage of stages) await enterConversation(stage);
  await server.crash();
  for (const { page, shoot } of stages) {
    await page.locator('[data-connection]').waitFor();
    await say(page, 'Does anybody hear me?');
    await page.getByText('Not sent.').waitFor();
    await settled(page);
    await shoot('outage');
  }
};

const openStage = async (
  browser: Browser,
  server: RealServer,
  community: SampleCommunity,
  theme: (typeof THEMES)[number],
  width: 'wide' | 'narrow',
): Promise<Stage> => {
  const { page } = await openPage(browser, width === 'wide' ? WIDE : NARROW);
  await page.addInitScript((chosen) => {
    const look = { theme: chosen, contrast: false, density: 'comfortable' };
    const rest = { lessMotion: true, showMembers: true };
    localStorage.setItem('filament.settings', JSON.stringify({ ...look, ...rest }));
  }, theme);
  await page.goto(server.origin);
  return {
    page,
    server,
    community,
    newcomer: `newcomer_${theme}_${width}`,
    shoot: async (name) => {
      await page.evaluate(() => document.fonts.ready);
      await page.screenshot({ path: path.join(FOLDER, `${width}-${theme}-${name}.png`) });
    },
  };
};

/** Somebody else should be there: people are online in the guilds they have open. */
const bringOnline = async (browser: Browser, server: RealServer, community: SampleCommunity) => {
  for (const name of ['Mara', 'June', 'Perrin']) {
    const { page } = await openPage(browser);
    await signIn(page, server.origin, name);
    await openConversation({ page, server, community });
  }
};

const takeScreenshots = async () => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const server = await startRealServer();
  const browser = await startBrowser();
  try {
    const community = await makeSampleCommunity(server.origin);
    await bringOnline(browser, server, community);
    for (const theme of THEMES) {
      await shootWide(await openStage(browser, server, community, theme, 'wide'));
      await shootNarrow(await openStage(browser, server, community, theme, 'narrow'));
    }
    const last: Stage[] = [];
    for (const theme of THEMES)
      for (const width of ['wide', 'narrow'] as const)
        last.push(await openStage(browser, server, community, theme, width));
    await shootOutage(last, server);
  } finally {
    await browser.close();
    await server.stop();
  }
  console.log(FOLDER);
};

takeScreenshots().catch((why: unknown) => {
  console.error(why);
  process.exitCode = 1;
});
