// What a person does in the client, step by step, by what they see: roles and names. They work against any server.
import { type Locator, type Page } from 'playwright-core';

export const PASSWORD = 'a long enough password';

export const signUp = async (page: Page, origin: string, username: string): Promise<void> => {
  await page.goto(origin);
  await page.getByRole('button', { name: 'Make an account' }).click();
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign up' }).click();
  await page.getByRole('main', { name: 'Conversation' }).waitFor();
};

export const signIn = async (page: Page, origin: string, username: string): Promise<void> => {
  await page.goto(origin);
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('main', { name: 'Conversation' }).waitFor();
};

export const makeGuild = async (page: Page, name: string, isPublic = true): Promise<void> => {
  await page
    .getByRole('navigation', { name: 'Guilds', exact: true })
    .getByLabel('Make a guild')
    .click();
  const dialog = page.getByRole('dialog', { name: 'Make a guild' });
  await dialog.getByLabel('Name').fill(name);
  if (isPublic) await dialog.getByRole('checkbox').check();
  await dialog.getByRole('button', { name: 'Make guild' }).click();
  await page.getByRole('button', { name: `${name}: guild menu` }).waitFor();
};

export const makeChannel = async (page: Page, name: string): Promise<void> => {
  await page.getByRole('button', { name: 'Create a channel' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Create a channel' });
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByRole('button', { name: 'Create channel' }).click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
};

export const joinGuild = async (page: Page, name: string): Promise<void> => {
  await page
    .getByRole('navigation', { name: 'Guilds', exact: true })
    .getByLabel('Find a guild')
    .click();
  await page.getByRole('button', { name: `Join ${name}` }).click();
  await page.getByRole('button', { name: `${name}: guild menu` }).waitFor();
};

export const composer = (page: Page): Locator => page.getByRole('textbox', { name: /^Message #/ });

export const say = async (page: Page, words: string): Promise<void> => {
  await composer(page).fill(words);
  await composer(page).press('Enter');
};

export const messageWith = (page: Page, words: string): Locator =>
  page.getByRole('feed').getByRole('article').filter({ hasText: words });

/** The scrolled part of the message list. */
export const feed = (page: Page): Locator => page.getByRole('feed');

const FOUND_MS_MAX = 30_000;

/** Searches for a word that one message holds until it is found: a search learns of a message after everyone else. */
export const searchFor = async (page: Page, word: string): Promise<Locator> => {
  const results = page.getByRole('complementary', { name: 'Search results' });
  const deadline = Date.now() + FOUND_MS_MAX;
  for (;;) {
    await page.getByLabel('Search messages').fill(word);
    await Promise.all([
      page.waitForResponse((answer) => answer.url().includes('/search?')),
      page.keyboard.press('Enter'),
    ]);
    await results
      .getByText(/^\d+ results?$|Nothing found|did not work/)
      .first()
      .waitFor();
    if ((await results.getByText('1 result', { exact: true }).count()) > 0) return results;
    if (Date.now() > deadline) throw new Error(`“${word}” is not found by search`);
  }
};
