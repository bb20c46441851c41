// What a storage may do wrong, played by a server of our own: what is tried again, what is not, and what is believed.
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { collect, pieces } from '../testing/blob-store-contract.ts';
import { openS3Objects } from './s3-objects.ts';
import { type S3Settings } from './s3-settings.ts';

const INSTALLATION = 'mine';
const BYTES = randomBytes(200_000);
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const page = (keys: readonly string[], next: string | null) =>
  `<?xml version="1.0"?><ListBucketResult><IsTruncated>${String(next !== null)}</IsTruncated>${
    next === null ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`
  }${keys
    .map(
      (key) =>
        `<Contents><Key>${key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>`,
    )
    .join('')}</ListBucketResult>`;
const error = (code: string) =>
  `<Error><Code>${code}</Code><Message>with the signature canary</Message></Error>`;

type Asked = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
};
type Answer = (asked: Asked, response: ServerResponse) => void;
const status =
  (code: number, body = ''): Answer =>
  (_asked, response) =>
    void response.writeHead(code).end(body);

let server: Server;
let asked: Asked[];
let answers: Answer[]; // Given one after another; the last again and again
let drafts: string;
let closers: (() => void)[];

const isOpening = ({ url, method }: Asked) =>
  url.endsWith('/filament-installation') ||
  url.endsWith('/filament-probe') ||
  (url.includes('max-keys=1&') && method === 'GET');
const answerOpening: Answer = ({ url, method }, response) => {
  if (url.includes('list-type')) response.end(page([], null));
  else if (url.endsWith('/filament-installation') && method === 'GET') response.end(INSTALLATION);
  else response.end();
};

beforeEach(async () => {
  [asked, answers, closers] = [[], [], []];
  drafts = await mkdtemp(path.join(tmpdir(), 'filament-drafts-'));
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('error', () => {});
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one = { method, url, headers, body: Buffer.concat(parts) };
      const isOurs = !isOpening(one);
      if (isOurs) asked.push(one);
      const answer = answers.length > 1 && isOurs ? answers.shift() : answers[0];
      (isOurs ? answer : answerOpening)?.(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  for (const close of closers) close();
  server.closeAllConnections();
  server.close();
  await rm(drafts, { recursive: true });
});

const open = async (changes: Partial<S3Settings> = {}) => {
  const failures: string[] = [];
  const objects = await openS3Objects({
    settings: {
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'here',
      bucket: 'bucket',
      addressing: 'path',
      prefix: 'p/',
      accessKeyId: 'the-access-key',
      secretAccessKey: 'the-secret-key',
      timeoutMs: 5_000,
      connectionsMax: 4,
      ...changes,
    },
    drafts,
    installation: INSTALLATION,
    onFailure: ({ code }) => failures.push(code),
  });
  closers.push(objects.close);
  return { objects, failures };
};
/** Answers a range as asked, but breaks off after so many bytes. */
const ranged =
  (breakingAfter = Infinity): Answer =>
  ({ headers }, response) => {
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(String(headers.range))!;
    const [start, end] = [Number(from), Math.min(Number(to) + 1, BYTES.length)];
    response.writeHead(206, {
      'content-length': end - start,
      'content-range': `bytes ${start}-${end - 1}/${BYTES.length}`,
    });
    const given = BYTES.subarray(start, Math.min(end, start + breakingAfter));
    response.write(given, () => (given.length < end - start ? response.destroy() : response.end()));
  };

describe('putting', () => {
  it('sends the length and the hash ahead, and the very bytes', async () => {
    answers = [status(200)];
    const { objects } = await open();
    await objects.put('attachments/a', pieces(BYTES));
    expect(asked).toHaveLength(1);
    const [{ method, url, headers, body }] = asked as [Asked];
    expect([method, url]).toEqual(['PUT', '/bucket/p/attachments/a']);
    expect(headers['content-length']).toBe(String(BYTES.length));
    expect(headers['x-amz-content-sha256']).toBe(sha256(BYTES));
    expect(headers['transfer-encoding']).toBeUndefined();
    expect(headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=the-access-key\/\d{8}\/here\/s3\/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, /,
    );
    expect(body.equals(BYTES)).toBe(true);
  });
  it('is tried a third time after two failures that pass', async () => {
    answers = [
      status(503, error('SlowDown')),
      (_asked, response) => response.destroy(),
      status(200),
    ];
    const { objects, failures } = await open();
    await objects.put('attachments/a', pieces(BYTES));
    expect(asked.map(({ body }) => body.equals(BYTES))).toEqual([true, true, true]);
    expect(failures).toEqual(['SlowDown', 'ECONNRESET']);
  });
  it('is not tried a fourth time, and then nobody waits', async () => {
    answers = [status(500)];
    const { objects, failures } = await open();
    await expect(objects.put('attachments/a', pieces(BYTES))).rejects.toThrow('answered 500');
    await expect(objects.put('attachments/b', pieces(BYTES))).rejects.toThrow(
      'several times in a row',
    );
    expect(asked).toHaveLength(3);
    expect(failures).toEqual(['500', '500', '500']);
    expect(await readdir(drafts)).toEqual([]);
  });
  it('is not tried again when it is refused, and says nothing that came from outside', async () => {
    answers = [status(403, error('AccessDenied'))];
    const { objects } = await open();
    const failure = objects.put('attachments/a', pieces(BYTES));
    await expect(failure).rejects.toThrow('s3:PutObject');
    await expect(failure).rejects.not.toThrow('canary');
    expect(asked).toHaveLength(1);
  });
  it('follows nobody elsewhere', async () => {
    answers = [
      (_asked, response) => void response.writeHead(307, { location: '/elsewhere' }).end(),
    ];
    const { objects } = await open();
    await expect(objects.put('attachments/a', pieces(BYTES))).rejects.toThrow('answered 307');
    expect(asked).toHaveLength(1);
  });
  it('tells a wrong clock', async () => {
    answers = [status(403, error('RequestTimeTooSkewed'))];
    const { objects } = await open();
    await expect(objects.put('attachments/a', pieces(BYTES))).rejects.toThrow('The clock');
  });
  it('gives up on who is silent, once', async () => {
    answers = [() => {}];
    const { objects } = await open({ timeoutMs: 50 });
    await expect(objects.put('attachments/a', pieces(BYTES))).rejects.toThrow('within 50 ms');
    expect(asked).toHaveLength(1);
  });
});

describe('getting', () => {
  const whole = async (range = { start: 0, end: BYTES.length }) => {
    const { objects, failures } = await open({ timeoutMs: 1_000 });
    const found = await objects.get('attachments/a', range);
    return { found, failures, bytes: () => collect(found!.chunks) };
  };

  it('goes on where a connection broke off', async () => {
    answers = [ranged(50_000), ranged(50_000), ranged()];
    const { found, bytes } = await whole();
    expect(found?.totalBytes).toBe(BYTES.length);
    expect((await bytes()).equals(BYTES)).toBe(true);
    const from = asked.map(({ headers }) => Number(/=(\d+)-/.exec(String(headers.range))?.[1]));
    expect(from[0]).toBe(0);
    expect(from[1]).toBeGreaterThan(0);
    expect(from[2]).toBeGreaterThan(from[1]!);
  });
  it('ends with an error when it breaks off again and again', async () => {
    answers = [ranged(1_000)];
    const { bytes } = await whole();
    await expect(bytes()).rejects.toThrow("can't be reached");
    expect(asked).toHaveLength(6);
  });
  it('ends with an error when no more comes', async () => {
    answers = [
      (_asked, response) => {
        response.writeHead(206, { 'content-range': `bytes 0-99/100`, 'content-length': '100' });
        response.write('some');
      },
    ];
    const { objects } = await open({ timeoutMs: 50 });
    const found = await objects.get('attachments/a', { start: 0, end: 100 });
    await expect(collect(found!.chunks)).rejects.toThrow('within 50 ms');
  });
  it('knows a missing object from a missing bucket', async () => {
    answers = [status(404, error('NoSuchKey')), status(404, error('NoSuchBucket'))];
    const { objects } = await open();
    const range = { start: 0, end: 1 };
    expect(await objects.get('attachments/a', range)).toBeNull();
    await expect(objects.get('attachments/a', range)).rejects.toThrow('no such bucket');
    await expect(objects.remove('attachments/a')).rejects.toThrow('no such bucket');
  });
  it('takes nothing but the range that was asked for', async () => {
    answers = [status(200, 'all of it')];
    const { objects } = await open();
    await expect(objects.get('attachments/a', { start: 3, end: 4 })).rejects.toThrow(
      'answered 200',
    );
  });
  it('has no end of connections', async () => {
    const held: ServerResponse[] = [];
    answers = [
      ({ method }, response) => {
        if (method === 'DELETE') response.writeHead(204).end();
        else held.push(response);
      },
    ];
    const { objects } = await open({ connectionsMax: 2, timeoutMs: 10_000 });
    const range = { start: 0, end: BYTES.length };
    const isHeld = async (count: number) => {
      while (held.length < count) await new Promise(setImmediate);
    };
    const readings = [1, 2, 3].map(() => objects.get('attachments/a', range));
    await isHeld(2);
    await objects.remove('attachments/b'); // Sent after all three, so a third connection would be there by now.
    expect(held).toHaveLength(2);
    const missing = error('NoSuchKey');
    held[0]!.writeHead(404).end(missing);
    await isHeld(3);
    for (const response of held.slice(1)) response.writeHead(404).end(missing);
    expect(await Promise.all(readings)).toEqual([null, null, null]);
  });
});

describe('removing', () => {
  it('is tried once more, and no more, since somebody waits', async () => {
    const gone: Answer = (_asked, response) => response.destroy();
    answers = [gone, status(204), gone];
    const { objects } = await open();
    await objects.remove('attachments/a');
    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual(
      Array(2).fill('DELETE /bucket/p/attachments/a'),
    );
    await expect(objects.remove('attachments/b')).rejects.toThrow("can't be reached");
    expect(asked).toHaveLength(4);
  });
});

describe('listing', () => {
  const listed = async () => {
    const { objects } = await open();
    const names: string[] = [];
    for await (const { name } of objects.list('avatars')) names.push(name);
    return names;
  };
  it('asks for page after page', async () => {
    answers = [
      status(200, page(['p/avatars/a', 'p/avatars/b'], 'to+ken/=')),
      status(200, page(['p/avatars/c', 'q/avatars/d'], null)),
    ];
    expect(await listed()).toEqual(['avatars/a', 'avatars/b', 'avatars/c']);
    const [first, second] = asked.map(({ url }) => new URL(url, 'http://x').searchParams);
    expect(first?.get('prefix')).toBe('p/avatars/');
    expect([first?.get('continuation-token'), second?.get('continuation-token')]).toEqual([
      null,
      'to+ken/=',
    ]);
  });
  it.each([
    ['never ends', page(['p/avatars/a'], 'again')],
    ['is none', '<html/>'],
    ['is not even XML', '{"keys":[]}'],
    ['is too long', ' '.repeat(8 * 1_048_576 + 1)],
    ['has no end and no token', page([], null).replace('false', 'true')],
    [
      'brings entities',
      `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${page(['&e;'], null)}`,
    ],
  ])('fails when it %s', async (_what, body) => {
    answers = [status(200, body)];
    await expect(listed()).rejects.toThrow('The storage');
  });
});
