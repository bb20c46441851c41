// Real browsers that watch a channel while the conversation is replayed.
import { existsSync } from 'node:fs';
import { type ChannelId, type GuildId } from '../../domain/shared/ids.ts';

const SYSTEM_BROWSERS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const SEEN_MS_MAX = 60_000;

const launchBrowser = async () => {
  const { chromium } = await import('playwright-core');
  const found = SYSTEM_BROWSERS.find((path) => existsSync(path));
  const bundled = found === undefined ? (await import('@sparticuz/chromium')).default : null;
  return chromium.launch({
    executablePath: found ?? (await bundled?.executablePath()) ?? '',
    args: ['--no-sandbox', '--headless=shell', ...(bundled?.args ?? [])],
  });
};

export type Watcher = {
  /** Resolves when the last message of the watched channel is on the screen; rejects after a minute. */
  readonly sees: (text: string) => Promise<void>;
  readonly screenshot: (path: string) => Promise<void>;
  readonly consoleErrors: () => readonly string[];
  readonly close: () => Promise<void>;
};

/** Signs in through the client's own form and opens a channel. */
export const openWatcher = async (request: {
  readonly baseUrl: string;
  readonly username: string;
  readonly password: string;
  readonly guildId: GuildId;
  readonly channelId: ChannelId;
}): Promise<Watcher> => {
  const browser = await launchBrowser();
  const page = await browser.newPage({ viewport: { width: 1400, height: 844 } });
  const errors: string[] = [];
  page.on('console', (message) => {
    // A lost connection is what the restart provokes; the browser reports it whatever the page does.
    if (
      message.type() === 'error' &&
      !/ERR_CONNECTION|WebSocket connection|Failed to load resource/.test(message.text())
    ) {
      errors.push(message.text());
    }
  });
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(`${request.baseUrl}/#/g/${request.guildId}/c/${request.channelId}`);
  await page.getByLabel('Username', { exact: true }).fill(request.username);
  await page.getByLabel('Password', { exact: true }).fill(request.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('textbox', { name: /^Message/ }).waitFor();
  return {
    sees: (text) =>
      page.getByText(text.slice(0, 60), { exact: false }).last().waitFor({ timeout: SEEN_MS_MAX }),
    screenshot: async (path) => {
      await page.screenshot({ path });
    },
    consoleErrors: () => errors,
    close: () => browser.close(),
  };
};
