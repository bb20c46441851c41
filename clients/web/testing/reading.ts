// Where a reader is in the message list, and waiting until nothing moves it any more.
import { type Page } from 'playwright-core';
import { feed, messageWith } from './journeys.ts';

/** The texts of the rows there are in the page, from the oldest. */
export const shownTexts = (page: Page): Promise<string[]> =>
  feed(page)
    .getByRole('article')
    .evaluateAll((articles) =>
      articles.map((article) => article.querySelector('.content')?.textContent.trim() ?? ''),
    );

export type Anchor = { readonly id: string; readonly y: number };

/** The first message fully in view and where its text stands on screen. */
export const anchorOf = (page: Page): Promise<Anchor> =>
  feed(page).evaluate((scroller) => {
    const { top } = scroller.getBoundingClientRect();
    const rows = [...scroller.querySelectorAll<HTMLElement>('[data-message-id]')];
    const row = rows.find((each) => each.getBoundingClientRect().top >= top);
    return {
      id: row?.dataset['messageId'] ?? '',
      y: row?.querySelector('.content')?.getBoundingClientRect().top ?? Number.NaN,
    };
  });

/** How far, in pixels, a message stands from where it stood. */
export const movedBy = async (page: Page, { id, y }: Anchor): Promise<number> => {
  const content = page.locator(`[data-message-id="${id}"] .content`).first();
  return Math.abs((await content.evaluate((each) => each.getBoundingClientRect().top)) - y);
};

/** Resolves when nothing is being loaded. */
export const loaded = (page: Page) =>
  page.waitForFunction(() => document.querySelector('[role=feed]')?.ariaBusy === 'false');

export const loading = (page: Page) =>
  page.waitForFunction(() => document.querySelector('[role=feed]')?.ariaBusy === 'true');

/** Resolves when no row has moved for ten frames: the wheel has run out and new rows are measured. */
export const still = (page: Page): Promise<void> =>
  feed(page).evaluate(
    (scroller) =>
      new Promise<void>((resolve) => {
        let before = '';
        let same = 0;
        const look = () => {
          const tops = [...scroller.querySelectorAll('[data-row]')].map(
            (row) => row.getBoundingClientRect().top,
          );
          const now = JSON.stringify([scroller.scrollHeight, tops]);
          same = now === before ? same + 1 : 0;
          before = now;
          if (same >= 10) resolve();
          else requestAnimationFrame(look);
        };
        look();
      }),
  );

/** Resolves when everything asked for is there and stands. */
export const settled = async (page: Page): Promise<void> => {
  await loaded(page);
  await still(page);
};

/** Puts the pointer over the message list, so that the wheel scrolls it. */
export const pointAtFeed = async (page: Page): Promise<void> => {
  const box = await feed(page).boundingBox();
  await page.mouse.move((box?.x ?? 0) + 300, (box?.y ?? 0) + 300);
};

/** Turns the wheel a screen or so per frame, and answers the most rows there were in the page at any time. */
export const wheelUp = async (page: Page, turns: number, pixels: number): Promise<number> => {
  let most = 0;
  for (let turn = 0; turn < turns; turn += 1) {
    await page.mouse.wheel(0, -pixels);
    await page.evaluate(() => new Promise(requestAnimationFrame));
    most = Math.max(most, await feed(page).getByRole('article').count());
  }
  return most;
};

/** Resolves when a message of these words has been confirmed by the server. */
export const confirmed = (page: Page, words: string): Promise<void> =>
  messageWith(page, words).and(page.locator('[data-message-id]')).waitFor();
