// The bounds of transfers of files: at each one, and beyond it.
import { beginDownload, beginUpload } from './testing/begin-transfer.ts';
import { fileCalls, PNG, pngOf } from './testing/file-calls.ts';
import { createGuildWorld, settle, type GuildWorld } from './testing/guild-world.ts';

const MINUTE_MS = 60_000;
const BIG = 16_000_000; // More than sockets hold by themselves
const CALM = {
  attachmentBytesMax: 2 * BIG,
  attachmentQuotaBytes: 10 * BIG,
  transferStallMs: MINUTE_MS,
  uploadTimeoutMs: MINUTE_MS,
  downloadTimeoutMs: MINUTE_MS,
  uploadsPerUserMax: 20,
};
let world: GuildWorld;
let files: ReturnType<typeof fileCalls>;
const open = async (limits: Parameters<typeof createGuildWorld>[0]) => {
  world = await createGuildWorld({ ...CALM, ...limits });
  files = fileCalls(world, await settle(world));
};
afterEach(() => world.close());

const until = async (condition: () => boolean | Promise<boolean>) => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
};
const reserved = async () =>
  (await world.events()).filter(({ type }) => type === 'StorageReserved').length;
const upload = (by = 1) =>
  beginUpload({
    port: world.server.port,
    url: files.url,
    by,
    length: 100_000,
    sent: pngOf(50_000),
  });
/** Begins a download that nobody reads yet; resolves when its first bytes are there. */
const download = async (id: string) => {
  const transfer = beginDownload({ port: world.server.port, url: `${files.url}/${id}` });
  await until(() => transfer.socket.bytesRead > 0);
  return transfer;
};
const statusFor = async (id: string, by: number) => {
  const answer = await files.download(id, {}, by);
  await answer.arrayBuffer();
  return answer.status;
};
/** What came before it was cut off. */
const cutOff = (answered: Buffer) => {
  expect(answered.subarray(0, 12).toString()).toBe('HTTP/1.1 200');
  expect(answered.length).toBeLessThan(BIG);
};
const UNAVAILABLE = { status: 503, body: { error: 'unavailable' } };

describe('uploads at once', () => {
  it('are so many in one process, whoever sends them, and one more is 503', async () => {
    await open({ uploadsMax: 2 });
    const running = [upload(1), upload(2)];
    await until(async () => (await reserved()) === 2);
    expect(await files.upload(PNG)).toEqual(UNAVAILABLE);
    expect(await files.upload(PNG, { by: 2 })).toEqual(UNAVAILABLE);
    running[0]!.socket.destroy();
    await until(async () => (await files.upload(PNG)).status === 200);
    running[1]!.socket.destroy();
    await Promise.all(running.map(({ closed }) => closed));
  });
});

describe('an upload', () => {
  it('is cut off when its time is up, however steadily it moves', async () => {
    await open({ uploadTimeoutMs: 500 });
    const { socket, closed } = beginUpload({
      port: world.server.port,
      url: files.url,
      length: BIG,
      sent: pngOf(20_000),
    });
    const drip = setInterval(() => socket.write(Buffer.alloc(20_000)), 20);
    expect(String(await closed)).toMatch(/^HTTP\/1.1 408 /);
    clearInterval(drip);
    await until(async () => (await world.events()).some(({ type }) => type === 'StorageReleased'));
    expect(world.blobs.kept.size).toBe(0);
  });

  it('says why only to the operator when the store keeps nothing, and is forgotten later', async () => {
    await open({ attachmentQuotaBytes: 100_000, uploadGraceMs: 1_000, uploadTimeoutMs: 5_000 });
    const { put, remove } = world.blobs.objects;
    const away = () => Promise.reject(new Error('the disk of the store is gone'));
    Object.assign(world.blobs.objects, { put: away, remove: away });
    expect(await files.upload(pngOf(100_000))).toEqual(UNAVAILABLE);
    expect(world.filesLogged()).toMatch(
      /attachments.persist_failed.*the disk of the store is gone/,
    );
    Object.assign(world.blobs.objects, { put, remove });
    // What could not be removed for certain still counts, until nobody can be at work on it any more.
    const stillCounts = async () => (await files.upload(pngOf(100_000))).status === 409;
    expect(await stillCounts()).toBe(true);
    world.wait(6_000);
    await world.sweepFiles();
    expect(await stillCounts()).toBe(true);
    world.wait(1);
    await world.sweepFiles();
    expect((await files.upload(pngOf(100_000))).status).toBe(200);
  });
});

describe('downloads at once', () => {
  it('are so many of one person, and one more is 429', async () => {
    await open({ downloadsPerUserMax: 2 });
    const id = await files.uploaded(pngOf(BIG));
    const running = [await download(id), await download(id)];
    expect(await statusFor(id, 1)).toBe(429);
    expect(await statusFor(id, 2)).toBe(200);
    running[0]!.socket.resume();
    await until(async () => (await statusFor(id, 1)) === 200);
    for (const { socket } of running) socket.destroy();
  });
});

describe('a download', () => {
  it('is cut off when nobody reads it, and counts no more', async () => {
    await open({ transferStallMs: 200, downloadsPerUserMax: 1 });
    const id = await files.uploaded(pngOf(BIG));
    const { socket, closed } = await download(id);
    await until(async () => (await statusFor(id, 1)) === 200);
    socket.resume();
    cutOff(await closed);
  });

  it('is cut off when its time is up, however steadily it is read', async () => {
    await open({ downloadTimeoutMs: 300 });
    const id = await files.uploaded(pngOf(BIG));
    const { socket, closed } = await download(id);
    const sips = setInterval(() => {
      socket.resume();
      setImmediate(() => socket.pause());
    }, 50);
    await new Promise((resolve) => socket.once('close', resolve));
    clearInterval(sips);
    cutOff(await closed);
  });
});
