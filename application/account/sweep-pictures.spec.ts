import { noon, pictureNo } from '../../domain/shared/testing/samples.ts';
import { type BlobName } from '../blob/blob-store.ts';
import { pictureScope } from './change-picture.ts';
import { createSweepPictures } from './sweep-pictures.ts';

const HOUR_MS = 3_600_000;
const PAGE = 500;

const nameOf = ({ kind, id }: BlobName) => `${kind}/${id}`;

const setUp = (stored: readonly (BlobName & { readonly age: number })[], shown = [0]) => {
  const kept = new Map(stored.map((blob) => [nameOf(blob), blob]));
  const destroyed: string[] = [];
  const asked: number[] = [];
  const sweep = createSweepPictures({
    blobs: {
      list: async function* (kind) {
        await Promise.resolve();
        for (const { age, ...name } of [...kept.values()])
          if (name.kind === kind) yield { name, writtenAt: noon - age };
      },
      remove: (name) => {
        kept.delete(nameOf(name));
        return Promise.resolve();
      },
    },
    keys: { destroy: (scope) => Promise.resolve(void destroyed.push(scope)) },
    people: {
      shown: (ids) => {
        asked.push(ids.length);
        return Promise.resolve(new Set(ids.filter((id) => shown.map(pictureNo).includes(id))));
      },
    },
    clock: { now: () => noon },
  });
  return { sweep, destroyed, asked, left: () => [...kept.keys()] };
};

const avatar = (n: number, age = 2 * HOUR_MS) => ({
  kind: 'avatars' as const,
  id: pictureNo(n),
  age,
});

it('removes the bytes and the key of what nobody shows, of either kind, and nothing else', async () => {
  const banner = { ...avatar(2), kind: 'banners' as const };
  const { sweep, destroyed, left } = setUp([avatar(0), avatar(1), banner]);
  expect(await sweep()).toBe(2);
  expect(left()).toEqual([nameOf(avatar(0))]);
  expect(destroyed).toEqual([pictureScope(pictureNo(1)), pictureScope(pictureNo(2))]);
  expect(await sweep()).toBe(0);
});

it('leaves alone what may be on its way to being shown, to the very hour', async () => {
  const { sweep, left } = setUp([avatar(1, HOUR_MS - 1), avatar(2, HOUR_MS + 1)]);
  expect(await sweep()).toBe(1);
  expect(left()).toEqual([nameOf(avatar(1))]);
});

it('leaves alone what is not named as a picture, and what is an attachment', async () => {
  const foreign = { ...avatar(1), id: 'holiday.png' };
  const attachment = { ...avatar(1), kind: 'attachments' as const };
  const { sweep, left } = setUp([foreign, attachment]);
  expect(await sweep()).toBe(0);
  expect(left()).toHaveLength(2);
});

it.each([PAGE - 1, PAGE, PAGE + 1])('asks for %i pictures in pages', async (count) => {
  const many = Array.from({ length: count }, (_, n) => avatar(n));
  const { sweep, asked, left } = setUp(many, [0, 1]);
  expect(await sweep()).toBe(count - 2);
  expect(left()).toEqual([nameOf(avatar(0)), nameOf(avatar(1))]);
  expect(Math.max(...asked)).toBe(Math.min(count, PAGE));
});
