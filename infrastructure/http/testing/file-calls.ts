// What people do with files over HTTP, whose bytes no JSON call can carry.
import { type Id } from '../../../domain/shared/ids.ts';
import { type GuildWorld, type Settled } from './guild-world.ts';

/** A picture of one dot. */
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** A PNG of so many bytes, as far as its first bytes tell. */
export const pngOf = (bytes: number): Buffer => {
  const file = Buffer.alloc(bytes, 7);
  PNG.copy(file, 0, 0, Math.min(PNG.length, bytes));
  return file;
};

type Sent = {
  readonly by?: number | null;
  readonly name?: string | null; // Null: none is said
  readonly type?: string;
  readonly key?: string;
  readonly query?: string;
};

export const fileCalls = (world: GuildWorld, { guild, channel, messages }: Settled) => {
  const url = `/guilds/${guild}/channels/${channel}/attachments`;
  const as = (by: number | null) => (by === null ? {} : { authorization: `Bearer person-${by}` });
  const upload = async (
    body: Buffer | ReadableStream,
    { by = 1, name = 'dot.png', type, key, query }: Sent = {},
  ) => {
    const asked = query ?? (name === null ? '' : `?filename=${encodeURIComponent(name)}`);
    const response = await world.server.fetch(`${url}${asked}`, {
      method: 'POST',
      headers: {
        ...as(by),
        ...(type !== undefined && { 'content-type': type }),
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      body: Buffer.isBuffer(body) ? new Uint8Array(body) : body,
      ...(!Buffer.isBuffer(body) && { duplex: 'half' }),
    });
    const text = await response.text();
    const answer: unknown = text === '' ? null : JSON.parse(text);
    return { status: response.status, body: answer };
  };
  const uploaded = async (body: Buffer = PNG, sent: Sent = {}): Promise<Id<'Attachment'>> => {
    const { status, body: answer } = await upload(body, sent);
    if (status !== 200) throw new Error(`The upload was answered ${status}.`);
    return (answer as { readonly attachment_id: Id<'Attachment'> }).attachment_id;
  };
  const download = (id: string, headers: Record<string, string> = {}, by: number | null = 1) =>
    world.server.fetch(`${url}/${id}`, { headers: { ...as(by), ...headers } });
  const remove = (id: string, by: number | null = 1) => world.call(by, 'DELETE', `${url}/${id}`);
  const post = (content: string, ids: readonly string[], by = 1, key?: string) =>
    world.call(by, 'POST', messages, { content, attachment_ids: ids }, key);
  return { url, upload, uploaded, download, remove, post };
};

export const bytesOf = async (response: Response): Promise<Buffer> =>
  Buffer.from(await response.arrayBuffer());
