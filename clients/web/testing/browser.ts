// A real Chromium for tests: the system's if there is one, else the one inside an npm package.
import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const SYSTEM = [
  process.env['FILAMENT_CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const ARGS = [
  '--no-sandbox',
  '--headless=shell',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
];

const isExecutable = (file: string) => {
  try {
    accessSync(file, constants.X_OK);
    return file !== '';
  } catch {
    return false;
  }
};

// The package is an ES module that unpacks its browser on first use; asked in a process of its own, so that it works
// from tests compiled to CommonJS too, and only its path comes back.
const packagedChromium = () =>
  execFileSync(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      "import c from '@sparticuz/chromium'; process.stdout.write(await c.executablePath());",
    ],
    { encoding: 'utf8', timeout: 60_000 },
  ).trim();

/** Starts a headless Chromium; the caller closes it. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: SYSTEM.find(isExecutable) ?? packagedChromium(),
    args: ARGS,
    chromiumSandbox: false,
  });

export type WatchedPage = {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Console errors, uncaught exceptions and breaches of the content security policy, as they came. */
  readonly troubles: string[];
};

// A connection that a test cuts on purpose is reported on the console by the browser itself.
const isExpected = (words: string) =>
  /net::ERR_|WebSocket connection|Failed to load resource/.test(words);

/** A page of a fresh browser profile that remembers everything that went wrong on it. */
export const openPage = async (
  browser: Browser,
  size: { readonly width: number; readonly height: number } = { width: 1400, height: 844 },
): Promise<WatchedPage> => {
  const context = await browser.newContext({ viewport: size, locale: 'en-GB' });
  const page = await context.newPage();
  return { page, context, troubles: await watch(page) };
};

/** Starts remembering what goes wrong on a page. */
export const watch = async (page: Page): Promise<string[]> => {
  const troubles: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !isExpected(message.text())) troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(String(error)));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
    );
  });
  return troubles;
};
