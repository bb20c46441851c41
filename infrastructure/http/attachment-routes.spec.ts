import { createHash } from 'node:crypto';
import { attachmentNo, userNo } from '../../domain/shared/testing/samples.ts';
import { beginUpload } from './testing/begin-transfer.ts';
import { bytesOf, fileCalls, PNG, pngOf } from './testing/file-calls.ts';
import {
  createGuildWorld,
  field,
  settle,
  type GuildWorld,
  type Settled,
} from './testing/guild-world.ts';

const CAP = 100_000;
const QUOTA = 250_000;
let world: GuildWorld;
let settled: Settled;
let files: ReturnType<typeof fileCalls>;
const LIMITS = {
  attachmentBytesMax: CAP,
  attachmentQuotaBytes: QUOTA,
  attachmentsPerUserMax: 50,
  attachmentUnusedSecs: 3_600,
  uploadsPerUserMax: 20,
  transferStallMs: 300,
  uploadTimeoutMs: 5_000,
};

beforeEach(async () => {
  world = await createGuildWorld(LIMITS);
  settled = await settle(world);
  files = fileCalls(world, settled);
});
afterEach(() => world.close());

const INVALID = { status: 400, body: { error: 'invalid_request' } };
const NOT_FOUND = { status: 404, body: { error: 'not_found' } };
const FORBIDDEN = { status: 403, body: { error: 'forbidden' } };
const TOO_LARGE = { status: 413, body: { error: 'payload_too_large' } };
const QUOTA_EXCEEDED = { status: 409, body: { error: 'quota_exceeded' } };
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const streamOf = (...parts: readonly Buffer[]) =>
  new ReadableStream({
    start: (controller) => {
      for (const part of parts) controller.enqueue(new Uint8Array(part));
      controller.close();
    },
  });
const until = async (condition: () => boolean | Promise<boolean>) => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe('uploading', () => {
  it('answers the attachment and keeps its bytes sealed', async () => {
    const { status, body } = await files.upload(PNG, { type: 'image/png' });
    expect(status).toBe(200);
    expect(body).toEqual({
      attachment_id: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/) as string,
      guild_id: settled.guild,
      channel_id: settled.channel,
      owner_id: userNo(1),
      filename: 'dot.png',
      mime_type: 'image/png',
      size_bytes: PNG.length,
      sha256_hex: sha256(PNG),
    });
    const [stored] = [...world.blobs.kept.values()];
    expect(stored?.bytes.includes('PNG')).toBe(false);
  });
  it('names a file that has none', async () =>
    expect(await files.upload(PNG, { name: null })).toMatchObject({
      body: { filename: 'upload.bin' },
    }));
  it('takes a file to the last byte allowed, whether or not it says its length', async () => {
    expect((await files.upload(pngOf(CAP))).status).toBe(200);
    expect(await files.upload(pngOf(CAP + 1))).toEqual(TOO_LARGE);
    expect((await files.upload(streamOf(pngOf(CAP - 7), Buffer.alloc(7)))).status).toBe(200);
    const longer = streamOf(pngOf(CAP), Buffer.alloc(1));
    expect(await files.upload(longer, { by: 2 })).toEqual(TOO_LARGE);
    expect(world.blobs.kept.size).toBe(2);
  });
  it('refuses nothing at all', async () => {
    expect(await files.upload(Buffer.alloc(0))).toEqual(INVALID);
    expect(await files.upload(streamOf())).toEqual(INVALID);
  });
  it.each([
    ['image/png', PNG, 200],
    ['application/octet-stream', PNG, 200],
    ['image/jpeg', PNG, 400],
    ['text/plain', Buffer.from('héllo'), 200],
    ['application/json', Buffer.from('{}'), 200],
    ['image/png', Buffer.from('no picture'), 400],
    ['application/zip', Buffer.from('PK\x03\x04 not really'), 200],
    ['application/x-zip-compressed', Buffer.from('PK\x03\x04 not really'), 200],
    ['nonsense', PNG, 415],
    ['image/', PNG, 415],
  ])('takes a file declared as %s only if it is one', async (type, body, status) =>
    expect((await files.upload(body, { type })).status).toBe(status),
  );
  it('takes texts as such, and nothing that stops being one', async () => {
    const text = Buffer.from(`${'é'.repeat(20_000)}.`);
    expect(await files.upload(text, { name: 'a.txt' })).toMatchObject({
      body: { mime_type: 'text/plain; charset=utf-8', size_bytes: text.length },
    });
    const spoilt = (end: readonly number[]) => Buffer.concat([text, Buffer.from(end)]);
    for (const end of [[0xff], [0], [0xc3]])
      expect(await files.upload(spoilt(end))).toEqual(INVALID);
    expect(await files.upload(Buffer.from([1, 2, 3, 0, 255]))).toEqual(INVALID);
    expect(world.blobs.kept.size).toBe(1);
  });
  it('refuses names that are none, and other keys in the query', async () => {
    for (const name of ['', 'a/b', '..', 'a\\b', 'a\0b', 'a\nb', 'x'.repeat(129)])
      expect(await files.upload(PNG, { name })).toMatchObject({ status: 400 });
    expect(await files.upload(PNG, { query: '?file=x' })).toMatchObject({ status: 400 });
    expect(await files.upload(PNG, { name: 'x'.repeat(128) })).toMatchObject({ status: 200 });
  });
  it('is for those who may write there', async () => {
    expect(await files.upload(PNG, { by: null })).toMatchObject({ status: 401 });
    expect(await files.upload(PNG, { by: 3 })).toEqual(FORBIDDEN);
    expect(await files.upload(PNG, { by: 2 })).toMatchObject({ status: 200 });
    const elsewhere = fileCalls(world, { ...settled, channel: attachmentNo(1) as never });
    expect(await elsewhere.upload(PNG)).toEqual(NOT_FOUND);
  });
  it('is one upload when repeated under its key', async () => {
    const first = await files.upload(PNG, { key: 'k' });
    expect(await files.upload(PNG, { key: 'k' })).toEqual(first);
    expect(await files.upload(PNG, { key: 'k', name: 'other' })).toMatchObject({ status: 422 });
    expect(world.blobs.kept.size).toBe(1);
    expect((await files.upload(pngOf(CAP))).status).toBe(200);
  });
  it('refuses when the store of bytes is full, keeps nothing, and works again', async () => {
    const { put } = world.blobs.objects;
    const full = { put: () => Promise.reject(new Error('ENOSPC')) };
    Object.assign(world.blobs.objects, full);
    expect(await files.upload(PNG)).toMatchObject({ status: 503 });
    Object.assign(world.blobs.objects, { put });
    for (const size of [CAP, CAP, QUOTA - 2 * CAP])
      expect((await files.upload(pngOf(size))).status).toBe(200);
  });
});

describe('a sender who is slow or gone', () => {
  const begin = (length: number, sent: Buffer) =>
    beginUpload({ port: world.server.port, url: files.url, length, sent });
  const nothingReserved = async () => (await files.upload(pngOf(CAP))).status === 200;

  it('is cut off when nothing moves, and gets the quota back', async () => {
    const { closed } = begin(CAP, pngOf(50_000));
    expect(String(await closed)).toMatch(/^HTTP\/1.1 408 /);
    for (let n = 0; n < 2; n += 1) await until(nothingReserved);
  });
  it('is cut off when too little moves', async () => {
    const { socket, closed } = begin(CAP, pngOf(50_000));
    const drip = setInterval(() => socket.write('x'), 20);
    expect(String(await closed)).toMatch(/^HTTP\/1.1 408 /);
    clearInterval(drip);
  });
  it('leaves nothing when gone half-way', async () => {
    const { socket, closed } = begin(CAP, pngOf(50_000));
    await until(async () => (await world.events()).some(({ type }) => type === 'StorageReserved'));
    socket.destroy();
    await closed;
    await until(async () => (await world.events()).some(({ type }) => type === 'StorageReleased'));
    expect(world.blobs.kept.size).toBe(0);
  });
  it('may not run more than so many at once', async () => {
    await world.close();
    world = await createGuildWorld({ ...LIMITS, uploadsPerUserMax: 1, uploadsMax: 2 });
    settled = await settle(world);
    files = fileCalls(world, settled);
    const { socket, closed } = begin(CAP, pngOf(50_000));
    await until(async () => (await world.events()).some(({ type }) => type === 'StorageReserved'));
    expect(await files.upload(PNG)).toMatchObject({ status: 429 });
    expect(await files.upload(PNG, { by: 2 })).toMatchObject({ status: 200 });
    socket.destroy();
    await closed;
    await until(async () => (await files.upload(PNG)).status === 200);
  });
});

describe('the quota', () => {
  it('is exact however many uploads run at once', async () => {
    const size = 30_000;
    const answers = await Promise.all(Array.from({ length: 16 }, () => files.upload(pngOf(size))));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(Math.floor(QUOTA / size));
    expect(answers.filter(({ status }) => status !== 200)).toEqual(
      Array(16 - Math.floor(QUOTA / size)).fill(QUOTA_EXCEEDED),
    );
    expect(world.blobs.kept.size).toBe(Math.floor(QUOTA / size));
  });
  it('is taken to its last byte, and counts for all guilds together', async () => {
    await files.upload(pngOf(CAP));
    const other = fileCalls(world, await settleAnother());
    await other.upload(pngOf(CAP));
    const left = QUOTA - 2 * CAP;
    expect(await files.upload(pngOf(left + 1))).toEqual(QUOTA_EXCEEDED);
    expect(await files.upload(streamOf(pngOf(left + 1)))).toEqual(QUOTA_EXCEEDED);
    expect(await other.upload(pngOf(left))).toMatchObject({ status: 200 });
    expect(await files.upload(PNG, { by: 2 })).toMatchObject({ status: 200 });
  });
  it('is free again after a file or its message is deleted', async () => {
    const first = await files.uploaded(pngOf(CAP));
    const second = await files.uploaded(pngOf(CAP));
    const message = await files.post('', [second]);
    expect(await files.upload(pngOf(CAP))).toEqual(QUOTA_EXCEEDED);
    expect(await files.remove(first)).toEqual({ status: 204, body: null });
    expect((await files.upload(pngOf(CAP))).status).toBe(200);
    await world.call(1, 'DELETE', `${settled.messages}/${String(field(message, 'message_id'))}`);
    expect((await files.upload(pngOf(CAP))).status).toBe(200);
    expect(world.blobs.kept.size).toBe(2);
  });
  it('bounds how many files there are, however small', async () => {
    await world.close();
    world = await createGuildWorld({ ...LIMITS, attachmentsPerUserMax: 2 });
    files = fileCalls(world, await settle(world));
    const statuses = [];
    for (let n = 0; n < 3; n += 1) statuses.push((await files.upload(PNG)).status);
    expect(statuses).toEqual([200, 200, 409]);
  });
  const settleAnother = () => settle(world, 'private');
});

describe('downloading', () => {
  it('gives the very bytes, with headers under which nothing of them can run', async () => {
    const id = await files.uploaded(pngOf(90_000));
    const response = await files.download(id);
    expect(response.status).toBe(200);
    expect((await bytesOf(response)).equals(pngOf(90_000))).toBe(true);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': '90000',
      'content-disposition': 'inline; filename="dot.png"',
      'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'accept-ranges': 'bytes',
      etag: `"${sha256(pngOf(90_000))}"`,
    });
  });
  it('gives headers alone to HEAD', async () => {
    const id = await files.uploaded(pngOf(90_000));
    const response = await world.server.fetch(`${files.url}/${id}`, {
      method: 'HEAD',
      headers: { authorization: 'Bearer person-1' },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('90000');
    expect((await bytesOf(response)).length).toBe(0);
  });
  it.each([
    ['bytes=0-0', 206, 0, 1],
    ['bytes=10-19', 206, 10, 20],
    ['bytes=70000-', 206, 70_000, 90_000],
    ['bytes=-5', 206, 89_995, 90_000],
    ['bytes=0-999999', 206, 0, 90_000],
    ['bytes=90000-', 416, 0, 0],
    ['bytes=5-1', 416, 0, 0],
    ['bytes=0-1,5-6', 200, 0, 90_000],
    ['lines=0-1', 200, 0, 90_000],
    ['nonsense', 200, 0, 90_000],
  ])('answers the range %s with %i', async (range, status, start, end) => {
    const file = pngOf(90_000);
    const id = await files.uploaded(file);
    const response = await files.download(id, { range });
    expect(response.status).toBe(status);
    expect((await bytesOf(response)).equals(file.subarray(start, end))).toBe(true);
    const said = { 200: null, 206: `bytes ${start}-${end - 1}/90000`, 416: 'bytes */90000' };
    expect(response.headers.get('content-range')).toBe(said[status as 200 | 206 | 416]);
  });
  it('gives a range only of the file that was meant', async () => {
    const id = await files.uploaded();
    const ranged = (ifRange: string) =>
      files.download(id, { range: 'bytes=0-0', 'if-range': ifRange });
    expect((await ranged(`"${sha256(PNG)}"`)).status).toBe(206);
    expect((await ranged('"another"')).status).toBe(200);
  });
  it('is for those who may see the channel now', async () => {
    const id = await files.uploaded();
    const statusFor = async (by: number | null) => (await files.download(id, {}, by)).status;
    expect(await statusFor(2)).toBe(200);
    expect(await statusFor(null)).toBe(401);
    expect(await statusFor(3)).toBe(403);
    await world.call(
      1,
      'POST',
      `/guilds/${settled.guild}/channels/${settled.channel}/permission-overrides/member/${userNo(2)}`,
      { allow: [], deny: ['create_message'] },
    );
    expect(await statusFor(2)).toBe(403);
  });
  it('knows a file in its own place only', async () => {
    const id = await files.uploaded();
    const other = fileCalls(world, await settle(world, 'private'));
    expect((await other.download(id)).status).toBe(404);
    expect((await files.download(attachmentNo(9))).status).toBe(404);
    expect((await files.download(id.toLowerCase())).status).toBe(404);
  });
  it('never gives out bytes that are not those stored', async () => {
    const id = await files.uploaded(pngOf(90_000));
    const stored = world.blobs.kept.get(`attachments/${id}`)!;
    stored.bytes.writeUInt8(stored.bytes.readUInt8(50) ^ 1, 50);
    expect((await files.download(id)).status).toBe(500);
    stored.bytes.writeUInt8(stored.bytes.readUInt8(50) ^ 1, 50);
    const last = stored.bytes.length - 1;
    stored.bytes.writeUInt8(stored.bytes.readUInt8(last) ^ 1, last);
    await expect(files.download(id).then(bytesOf)).rejects.toThrow();
    expect(world.server.logged()).toContain('http.broken_off');
  });
});

describe('attachments of messages', () => {
  it('are shown with the message, in its history and after an edit, by time of upload', async () => {
    const first = await files.uploaded(PNG, { name: 'b' });
    const second = await files.uploaded(Buffer.from('text'), { name: 'a' });
    const posted = await files.post('look', [second, first]);
    const shown = [
      { attachment_id: first, filename: 'b', mime_type: 'image/png' },
      { attachment_id: second, filename: 'a', mime_type: 'text/plain; charset=utf-8' },
    ];
    expect(posted).toMatchObject({ status: 200, body: { content: 'look', attachments: shown } });
    const history = await world.call(2, 'GET', settled.messages);
    expect(history).toMatchObject({ body: { messages: [{ attachments: shown }] } });
    const message = `${settled.messages}/${String(field(posted, 'message_id'))}`;
    expect(await world.call(1, 'PATCH', message, { content: 'see' })).toMatchObject({
      body: { content: 'see', attachments: shown },
    });
  });
  it('need no text beside them', async () => {
    const id = await files.uploaded();
    expect(await files.post('', [])).toEqual(INVALID);
    expect(await files.post('', [id])).toMatchObject({
      status: 200,
      body: { content: '', markdown_tokens: [] },
    });
  });
  it('are at most five, repeated ones included', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 6; n += 1) ids.push(await files.uploaded());
    expect(await files.post('', ids)).toEqual(INVALID);
    expect(await files.post('', Array(6).fill(ids[0]!) as string[])).toEqual(INVALID);
    expect(await files.post('', ids.slice(0, 5))).toMatchObject({ status: 200 });
    expect(await files.post('', Array(5).fill(ids[5]!.toLowerCase()) as string[])).toMatchObject({
      body: { attachments: [{ attachment_id: ids[5] }] },
    });
  });
  it('are the own ones of this very channel, all of them or none', async () => {
    const mine = await files.uploaded();
    const theirs = await files.uploaded(PNG, { by: 2 });
    const elsewhere = fileCalls(world, await settle(world, 'private'));
    const other = await elsewhere.uploaded();
    for (const wrong of [theirs, other, attachmentNo(9), 'x', settled.guild])
      expect(await files.post('', [mine, wrong])).toEqual(INVALID);
    expect(await files.post('', [mine])).toMatchObject({ status: 200 });
    expect(await files.post('', [mine])).toEqual(INVALID);
  });
  it('go to one message, whoever posts at the same time', async () => {
    const ids = [await files.uploaded(), await files.uploaded(), await files.uploaded()];
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, n) => files.post(`${n}`, [ids[n % 3]!, ids[(n + 1) % 3]!])),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const posts = (await world.events()).filter(({ type }) => type === 'MessagePosted');
    expect(posts).toHaveLength(1);
  });
  it('stay with the first of several requests that are one', async () => {
    const id = await files.uploaded();
    const first = await files.post('once', [id], 1, 'key');
    expect(await files.post('once', [id], 1, 'key')).toEqual(first);
    expect(await files.post('once', [], 1, 'key')).toMatchObject({ status: 422 });
    const both = await Promise.all(
      [await files.uploaded()].flatMap((each) =>
        [1, 2, 3].map(() => files.post('again', [each], 1, 'other')),
      ),
    );
    expect(new Set(both.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(both[0]).toMatchObject({ status: 200 });
  });
  it('go with their message: bytes, key, name', async () => {
    const id = await files.uploaded();
    const posted = await files.post('', [id]);
    await world.call(1, 'DELETE', `${settled.messages}/${String(field(posted, 'message_id'))}`);
    expect((await files.download(id)).status).toBe(404);
    expect(world.blobs.kept.size).toBe(0);
    expect(await world.store.load(`attachment-${id}`)).toMatchObject([
      { type: 'AttachmentUploaded', data: { filename: null, sha256Hex: null } },
      { type: 'AttachmentDeleted', data: { by: userNo(1), cause: 'message_deleted' } },
    ]);
  });
});

describe('deleting', () => {
  it('is for the owner and for who may delete messages, also of what a message shows', async () => {
    const [own, seen, kept] = [
      await files.uploaded(PNG, { by: 2 }),
      await files.uploaded(PNG, { by: 2 }),
      await files.uploaded(),
    ];
    await files.post('look', [seen], 2);
    expect(await files.remove(own, null)).toMatchObject({ status: 401 });
    expect(await files.remove(own, 3)).toEqual(FORBIDDEN);
    expect(await files.remove(kept, 2)).toEqual(FORBIDDEN);
    expect(await files.remove(own, 2)).toMatchObject({ status: 204 });
    expect(await files.remove(own, 2)).toEqual(NOT_FOUND);
    expect(await files.remove(seen, 1)).toMatchObject({ status: 204 });
    const history = await world.call(2, 'GET', settled.messages);
    expect(history).toMatchObject({ body: { messages: [{ content: 'look', attachments: [] }] } });
    expect(await files.post('', [own], 2)).toEqual(INVALID);
    expect(world.blobs.kept.size).toBe(1);
  });
});

describe('upkeep', () => {
  const types = async () => (await world.events()).map(({ type }) => type);

  it('removes what no message came to use, and nothing else', async () => {
    const used = await files.uploaded();
    await files.post('', [used]);
    const unused = await files.uploaded();
    world.wait(3_600_000);
    await world.sweepFiles();
    expect((await files.download(unused)).status).toBe(200);
    world.wait(1);
    await world.sweepFiles();
    expect((await files.download(unused)).status).toBe(404);
    expect((await files.download(used)).status).toBe(200);
    expect([...world.blobs.kept.keys()]).toEqual([`attachments/${used}`]);
    expect(await files.post('', [unused])).toEqual(INVALID);
  });

  /** The process dies, so to say, at the n-th step of this kind. */
  const dyingAt = (target: 'put' | 'remove') => {
    const original = world.blobs.objects[target];
    Object.assign(world.blobs.objects, { [target]: () => new Promise(() => {}) });
    return () => Object.assign(world.blobs.objects, { [target]: original });
  };
  const abandonedCall = async (call: Promise<unknown>, done: () => Promise<boolean>) => {
    call.catch(() => {});
    await until(done);
  };

  it('frees what was reserved by an upload that died', async () => {
    const revive = dyingAt('put');
    const seen = async () => (await types()).includes('StorageReserved');
    await abandonedCall(files.upload(pngOf(CAP)), seen);
    revive();
    world.wait(LIMITS.uploadTimeoutMs + 601_000);
    await world.sweepFiles();
    expect(await types()).toContain('StorageReleased');
    expect((await files.upload(pngOf(CAP))).status).toBe(200);
  });
  it('finishes what was deleted by a process that died', async () => {
    const id = await files.uploaded();
    const posted = await files.post('', [id]);
    const revive = dyingAt('remove');
    const message = `${settled.messages}/${String(field(posted, 'message_id'))}`;
    const seen = async () => (await types()).includes('AttachmentDeleted');
    await abandonedCall(world.call(1, 'DELETE', message), seen);
    revive();
    expect(world.blobs.kept.size).toBe(1);
    await world.sweepFiles();
    expect(world.blobs.kept.size).toBe(0);
    expect(await types()).toContain('StorageReleased');
  });
  it('goes on with the others when the store of bytes fails, and comes back later', async () => {
    const [bad, good] = [await files.uploaded(), await files.uploaded()];
    world.wait(3_700_000);
    const { remove } = world.blobs.objects;
    const failing = (name: string) =>
      name.endsWith(bad) ? Promise.reject(new Error('EIO')) : remove(name);
    Object.assign(world.blobs.objects, { remove: failing });
    await world.sweepFiles();
    expect([...world.blobs.kept.keys()]).toEqual([`attachments/${bad}`]);
    Object.assign(world.blobs.objects, { remove });
    await world.sweepFiles();
    expect(world.blobs.kept.size).toBe(0);
    expect((await files.download(good)).status).toBe(404);
  });
  it('lets attachments be used again whose message never came', async () => {
    const id = await files.uploaded();
    await world.store.append({
      stream: `storage-${userNo(1)}`,
      expected: 'any',
      events: [
        {
          type: 'AttachmentsBound',
          data: {
            userId: userNo(1),
            messageId: attachmentNo(77) as never,
            attachmentIds: [id],
            at: world.clock.now(),
          },
        },
      ],
      context: world.context,
    })();
    await world.refreshFiles();
    expect(await files.post('', [id])).toEqual(INVALID);
    world.wait(60_000);
    expect(await files.post('', [id])).toMatchObject({ status: 200 });
    expect(await files.post('', [id])).toEqual(INVALID);
  });
});
