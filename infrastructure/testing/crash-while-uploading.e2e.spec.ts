// The server is killed while many upload: afterwards no file is named whose bytes are not there, no bytes are there that
// no event names, and the quota is what the files that are there leave of it.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import * as t from 'io-ts';
import { type ApiClient } from '../api-client/api-client.ts';
import { pngOf } from '../http/testing/file-calls.ts';
import { clientOf, settle, signIn, signUp, type Person, type Place } from './people.ts';
import { type ServerProcess } from './server-process.ts';
import { createTestSite, GENEROUS, runFilament, until } from './test-site.ts';

jest.setTimeout(180_000);

const SIZE = 200_000; // Some chunks, so that a kill may come between two
const QUOTA_FILES = 40;
const SENDERS = 6;
const LIVES = 3;

const site = createTestSite('upload-crash');
afterAll(site.cleanUp);

const dataDirectory = site.newDataDirectory();
const LIMITS = {
  ...GENEROUS,
  FILAMENT_USER_ATTACHMENT_QUOTA_BYTES: String(QUOTA_FILES * SIZE),
};
// What began before this life has ended: the upkeep at the start may judge it.
const IMPATIENT = { ...LIMITS, FILAMENT_UPLOAD_GRACE_MS: '1', FILAMENT_UPLOAD_TIMEOUT_MS: '1000' };

let server: ServerProcess;
let api: ApiClient;
let alice: Person;
let place: Place;
const start = async (variables: Readonly<Record<string, string>>) => {
  server = await site.start(dataDirectory, variables);
  api = clientOf(site, server);
};

const fileNo = (n: number): Buffer => {
  const file = pngOf(SIZE);
  file.writeUInt32BE(n, SIZE - 4);
  return file;
};
const urlOf = (rest: string) =>
  `${server.baseUrl}/guilds/${place.guildId}/channels/${place.channelId}/attachments${rest}`;
const bearer = () => ({ authorization: `Bearer ${alice.token}` });

/** Sends a file that says its length in pieces, each when its turn has come; rejects when the connection ends. */
const upload = async (file: Buffer, turn = () => Promise.resolve()) => {
  const headers = { ...bearer(), 'content-length': file.length };
  const sending = request(urlOf('?filename=a.png'), { method: 'POST', headers });
  const answering = once(sending, 'response');
  answering.catch(() => {}); // Told below.
  sending.on('error', () => {}); // And whatever comes after the first.
  for (let at = 0; at < file.length && !sending.destroyed; at += 20_000) {
    await turn();
    sending.write(file.subarray(at, at + 20_000));
  }
  sending.end();
  const [answer] = (await answering) as [IncomingMessage];
  const body = (await json(answer)) as { readonly attachment_id: string };
  return { status: answer.statusCode, id: body.attachment_id };
};

const Row = t.type({ type: t.string, stream: t.string });
/** Ids of attachments that the log names as uploaded and not as deleted. */
const named = async (): Promise<readonly string[]> => {
  const ids = new Set<string>();
  for (const [type, happened] of [
    ['AttachmentUploaded', (id: string) => void ids.add(id)],
    ['AttachmentDeleted', (id: string) => void ids.delete(id)],
  ] as const) {
    const args = ['audit', 'replay', '--json', '--type', type];
    const { output } = await runFilament(args, { FILAMENT_DATA_DIR: dataDirectory });
    for (const line of output.split('\n').filter((each) => each.startsWith('{'))) {
      const row: unknown = JSON.parse(line);
      if (!Row.is(row)) throw new Error(`no row of the log: ${line}`);
      happened(row.stream.replace(/^attachment-/, ''));
    }
  }
  return [...ids].sort();
};
const filesIn = async (folder: string) =>
  (await readdir(path.join(dataDirectory, 'attachments', folder))).sort();
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const download = async (id: string) => {
  const answer = await fetch(urlOf(`/${id}`), { headers: bearer() });
  return { status: answer.status, hash: sha256(Buffer.from(await answer.arrayBuffer())) };
};

it('leaves neither names without bytes nor bytes without names, and an exact quota', async () => {
  await start(LIMITS);
  alice = await signUp(api, 'alice');
  place = await settle(api, alice);
  const acknowledged = new Map<string, string>();
  let made = 0;
  for (let life = 0; life < LIVES; life += 1) {
    const goal = acknowledged.size + 3;
    let isOver = false;
    const sending = Array.from({ length: SENDERS }, async () => {
      while (!isOver) {
        const file = fileNo((made += 1));
        const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
        const sent = await upload(file, turn).catch(() => null);
        if (sent?.status === 200) acknowledged.set(sent.id, sha256(file));
      }
    });
    // One that doesn't end by itself, so that each life ends with bytes half written.
    let pieces = 0;
    const half = () => ((pieces += 1) > 5 ? until('it is over', () => isOver) : Promise.resolve());
    const stuck = upload(fileNo(0), half).catch(() => null);
    await until(
      'some are stored and some are on their way',
      async () => acknowledged.size >= goal && (await filesIn('.incoming')).length > 0,
    );
    await server.kill();
    isOver = true;
    await Promise.all([...sending, stuck]);
    await start(LIMITS);
    alice = await signIn(api, alice.name, alice.password);
  }

  expect(await server.stop()).toBe(0);
  const left = await filesIn('.incoming');
  expect(left.length).toBeGreaterThan(0);
  const oldest = Date.now();
  await until('all that was on its way is old enough', () => Date.now() > oldest + 1_100);
  await start(IMPATIENT);
  await until('the upkeep has removed what was left half done', async () => {
    const [halves, stored, names] = [
      await filesIn('.incoming'),
      await filesIn('attachments'),
      await named(),
    ];
    return halves.length === 0 && stored.join() === names.join();
  });
  const names = await named();
  expect([...acknowledged.keys()].filter((id) => !names.includes(id))).toEqual([]);
  for (const id of names) {
    const { status, hash } = await download(id);
    expect({ id, status }).toEqual({ id, status: 200 });
    if (acknowledged.has(id)) expect(hash).toBe(acknowledged.get(id));
  }

  let more = 0;
  while ((await upload(fileNo(0))).status === 200) more += 1;
  expect(names.length + more).toBe(QUOTA_FILES);
  expect(await filesIn('attachments')).toHaveLength(QUOTA_FILES);
});
