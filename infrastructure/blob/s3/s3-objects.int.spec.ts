// The store of bytes in a bucket of a real server, which checks every signature and right.
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile, utimes } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isLeft, isRight } from 'fp-ts/lib/Either.js';
import { startTcpProxy } from '../../testing/tcp-proxy.ts';
import { until } from '../../testing/test-site.ts';
import { createSealedBlobStore } from '../sealed-blob-store.ts';
import {
  blobNo,
  collect,
  describeBlobStore,
  pieces,
  readBack,
  testKey,
} from '../testing/blob-store-contract.ts';
import {
  s3IsPossible,
  s3SettingsFor,
  startS3Process,
  type S3Process,
} from '../testing/s3-process.ts';
import { objectUrl } from './s3-address.ts';
import { openS3Objects, type OpenS3 } from './s3-objects.ts';
import { type S3Settings } from './s3-settings.ts';
import { createS3Wire } from './s3-wire.ts';

const withS3 = s3IsPossible() ? describe : describe.skip;
const INSTALLATION = 'an-installation';

let s3: S3Process;
let drafts: string;
const closers: (() => unknown)[] = [];
const toLoopback: OpenS3['lookup'] = (_host, _options, callback) =>
  callback(null, [{ address: '127.0.0.1', family: 4 }]);

const open = async (settings: S3Settings, more: Partial<OpenS3> = {}) => {
  const objects = await openS3Objects({
    settings,
    drafts,
    installation: INSTALLATION,
    onFailure: () => {},
    ...more,
  });
  closers.push(objects.close);
  return { objects, blobs: createSealedBlobStore(objects) };
};

/** Straight to the bucket, past the store. */
const backdoor = (settings: S3Settings, lookup?: OpenS3['lookup']) => {
  const wire = createS3Wire(settings, lookup);
  closers.push(wire.close);
  return {
    readObject: async (name: string) => {
      const url = objectUrl(settings, name);
      const { status, bytes } = await wire.send({ method: 'GET', url }, [200, 404]);
      return status === 200 ? collect(bytes) : null;
    },
    writeObject: async (name: string, from: Buffer) => {
      const url = objectUrl(settings, name);
      const sha256Hex = createHash('sha256').update(from).digest('hex');
      const body = { from, sizeBytes: from.length, sha256Hex };
      await collect((await wire.send({ method: 'PUT', url, body }, [200])).bytes);
    },
  };
};

withS3('blobs in a bucket', () => {
  beforeAll(async () => {
    s3 = await startS3Process();
    drafts = await mkdtemp(path.join(tmpdir(), 'filament-drafts-'));
  });
  afterAll(async () => {
    for (const close of closers) close();
    await s3.stop();
    await rm(drafts, { recursive: true });
  });

  describe('that is part of the path', () => {
    describeBlobStore(async () => {
      const settings = s3SettingsFor(s3);
      const { blobs } = await open(settings);
      return { blobs, ...backdoor(settings) };
    });
  });

  describe('that is part of the host, under a prefix', () => {
    describeBlobStore(async () => {
      const settings = s3SettingsFor(s3, {
        endpoint: s3.url.replace('127.0.0.1', 's3.test'),
        addressing: 'virtual-host',
        prefix: 'chat/filament/',
      });
      const { blobs } = await open(settings, { lookup: toLoopback });
      return { blobs, ...backdoor(settings, toLoopback) };
    });

    it('stands under that prefix', async () => {
      const { readObject } = backdoor(s3SettingsFor(s3));
      expect((await readObject('chat/filament/filament-installation'))?.toString()).toBe(
        INSTALLATION,
      );
      expect(await readObject('chat/filament/attachments/blob-1')).not.toBeNull();
    });
  });

  it('lists more than fit one page, each once', async () => {
    const settings = s3SettingsFor(s3, { prefix: 'many/' });
    const { blobs } = await open(settings);
    const { writeObject } = backdoor(settings);
    const ids = Array.from({ length: 1_001 }, (_, n) => `picture-${String(n).padStart(4, '0')}`);
    const waiting = [...ids];
    const worker = async () => {
      for (let id = waiting.pop(); id !== undefined; id = waiting.pop())
        await writeObject(`avatars/${id}`, Buffer.from('x'));
    };
    await Promise.all(Array.from({ length: 8 }, worker));
    const found: string[] = [];
    for await (const { name } of blobs.list('avatars')) found.push(name.id);
    expect(found.sort()).toEqual(ids);
  });

  it('leaves no draft behind, whether or not it worked', async () => {
    const { blobs } = await open(s3SettingsFor(s3));
    const bytes = randomBytes(100_000);
    const write = (bytesMax: number) =>
      blobs.write({ name: blobNo(1), key: testKey, source: pieces(bytes), bytesMax })();
    expect(isRight(await write(100_000))).toBe(true);
    expect(isLeft(await write(99_999))).toBe(true);
    expect(await readdir(drafts)).toEqual([]);
  });

  it('sweeps the drafts of crashed writers', async () => {
    const { blobs } = await open(s3SettingsFor(s3));
    for (const name of ['old', 'new']) await writeFile(path.join(drafts, name), 'half');
    await utimes(path.join(drafts, 'old'), new Date(1_000), new Date(1_000));
    expect(await blobs.sweepUnfinished(Date.now() - 60_000)).toBe(1);
    expect(await readdir(drafts)).toEqual(['new']);
    await rm(path.join(drafts, 'new'));
  });

  it('shows nothing of what broke off on its way', async () => {
    const room = 200_000;
    const target = Number(new URL(s3.url).port);
    let passes = Infinity;
    const narrow = createTcpServer((inner) => {
      const outer = connect(target, '127.0.0.1');
      inner.on('error', () => inner.destroy()).on('close', () => outer.destroy());
      outer.on('error', () => outer.destroy()).on('close', () => inner.destroy());
      outer.pipe(inner);
      inner.on('data', (bytes) => {
        passes -= bytes.length;
        if (passes < 0) inner.destroy();
        else outer.write(bytes);
      });
    });
    await new Promise<void>((resolve) => narrow.listen(0, '127.0.0.1', resolve));
    closers.push(() => narrow.close());
    const endpoint = `http://127.0.0.1:${(narrow.address() as AddressInfo).port}`;
    const { blobs } = await open(s3SettingsFor(s3, { endpoint, timeoutMs: 500 }));
    const name = blobNo(77);
    const bytes = randomBytes(2 * room);
    const write = () => blobs.write({ name, key: testKey, source: pieces(bytes), bytesMax: 1e6 })();
    passes = room;
    expect(await write()).toMatchObject({ left: { type: 'StoreUnavailable' } });
    passes = Infinity;
    const direct = await open(s3SettingsFor(s3));
    const sizeBytes = bytes.length;
    expect(await readBack(direct.blobs, { name, sizeBytes })).toBe('NoSuchBlob');
    await until('it is asked again', async () => isRight(await write()));
    expect(await readBack(direct.blobs, { name, sizeBytes })).toEqual(bytes);
  });

  it('says at once that it is away, and works again when it is back', async () => {
    const proxy = await startTcpProxy(s3.url);
    const { objects, blobs } = await open(s3SettingsFor(s3, { endpoint: proxy.url }));
    const name = blobNo(88);
    const write = () =>
      blobs.write({ name, key: testKey, source: pieces(Buffer.alloc(9)), bytesMax: 9 })();
    expect(isRight(await write())).toBe(true);
    proxy.be('cut');
    expect(await write()).toMatchObject({ left: { type: 'StoreUnavailable' } });
    expect(await readBack(blobs, { name, sizeBytes: 9 })).toBe('StoreUnavailable');
    await expect(objects.remove('attachments/blob-88')).rejects.toThrow('The storage');
    proxy.be('whole');
    await until('it is asked again', async () => isRight(await write()));
    expect(await readBack(blobs, { name, sizeBytes: 9 })).toEqual(Buffer.alloc(9));
    await proxy.close();
  });

  describe('opening', () => {
    const failing = async (changes: Partial<S3Settings>, more: Partial<OpenS3> = {}) => {
      const settings = s3SettingsFor(s3, changes);
      const failure: unknown = await open(settings, more).catch((error: unknown) => error);
      if (!(failure instanceof Error)) throw new Error('It was opened.');
      expect(failure.message).not.toContain(settings.secretAccessKey);
      expect(failure.message).not.toContain(settings.accessKeyId);
      return failure.message;
    };

    it('says that there is no such bucket', async () =>
      expect(await failing({ bucket: 'nobodys' })).toMatch(/no such bucket.*FILAMENT_S3_BUCKET/));
    it('says that the access key is unknown', async () =>
      expect(await failing({ accessKeyId: 'AKIANOBODYKNOWSTHIS0' })).toMatch(
        /FILAMENT_S3_ACCESS_KEY_ID/,
      ));
    it('says that the secret key is wrong', async () =>
      expect(await failing({ secretAccessKey: 'canary-of-a-secret-key' })).toMatch(
        /FILAMENT_S3_SECRET_ACCESS_KEY/,
      ));
    it('says that the key may not write', async () =>
      expect(await failing(s3.keys.readOnly)).toMatch(/may not do this.*s3:PutObject/));
    it('says that nobody is there', async () => {
      const endpoint = 'http://127.0.0.1:1';
      expect(await failing({ endpoint })).toMatch(/ECONNREFUSED.*FILAMENT_S3_ENDPOINT/);
    });
    it('says that nobody answers', async () => {
      const silent = createServer(() => {});
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
      expect(await failing({ endpoint, timeoutMs: 50 })).toMatch(/within 50 ms.*ENDPOINT/);
      silent.closeAllConnections();
      silent.close();
    });
    it('refuses the place of another installation, and a second time its own is fine', async () => {
      await open(s3SettingsFor(s3, { prefix: 'taken/' }));
      await open(s3SettingsFor(s3, { prefix: 'taken/' }));
      const installation = 'another-one';
      expect(await failing({ prefix: 'taken/' }, { installation })).toMatch(/FILAMENT_S3_PREFIX/);
      await open(s3SettingsFor(s3, { prefix: 'free/' }), { installation });
    });
  });
});
