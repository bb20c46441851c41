// Whatever is uploaded: nothing that a browser could run is ever served, and the bytes come back as they were.
import { parse } from 'content-disposition';
import { isShownInline } from '../../domain/attachment/media-type.ts';
import { bytesOf, fileCalls, PNG } from './testing/file-calls.ts';
import { createGuildWorld, settle, type GuildWorld } from './testing/guild-world.ts';
import { HOSTILE_FILES, HOSTILE_NAMES } from './testing/hostile-files.ts';

let world: GuildWorld;
let files: ReturnType<typeof fileCalls>;
beforeAll(async () => {
  world = await createGuildWorld();
  files = fileCalls(world, await settle(world));
});
afterAll(() => world.close());

const ACTIVE = /html|svg|xml|script|css|flash|java|multipart/i;

const harmless = (response: Response): void => {
  const type = response.headers.get('content-type') ?? '';
  expect(type).not.toMatch(ACTIVE);
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(response.headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'/);
  expect(response.headers.get('cache-control')).toBe('private, no-store');
  const disposition = response.headers.get('content-disposition') ?? '';
  expect(disposition.split(';')[0]).toBe(isShownInline(type) ? 'inline' : 'attachment');
};

describe('a hostile file', () => {
  it.each(HOSTILE_FILES)('may be $what', async ({ name, type, bytes, storedAs }) => {
    const sent = await files.upload(bytes, { name, ...(type !== undefined && { type }) });
    if (storedAs === null) {
      expect(sent).toEqual({ status: 400, body: { error: 'invalid_request' } });
      return;
    }
    expect(sent).toMatchObject({ status: 200, body: { mime_type: storedAs, filename: name } });
    const { attachment_id: id } = sent.body as { readonly attachment_id: string };
    const response = await files.download(id);
    harmless(response);
    expect((await bytesOf(response)).equals(bytes)).toBe(true);
  });
});

describe('a hostile name', () => {
  it.each(HOSTILE_NAMES)('may be %j', async (name, isAllowed) => {
    const sent = await files.upload(PNG, { name });
    expect(sent.status).toBe(isAllowed ? 200 : 400);
    if (!isAllowed) return;
    const { attachment_id: id } = sent.body as { readonly attachment_id: string };
    const response = await files.download(id);
    harmless(response);
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(parse(response.headers.get('content-disposition')!).parameters['filename']).toBe(name);
  });
});
