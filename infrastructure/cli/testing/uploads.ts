// What people upload, over the public API.
import sharp from 'sharp';
import { type Place } from '../../testing/people.ts';

type Uploader = { readonly token: string };
type Server = { readonly baseUrl: string };

const sent = async (url: string, { token }: Uploader, body: Buffer | string, type: string) => {
  const answer = await fetch(url, {
    method: 'POST',
    body: typeof body === 'string' ? body : new Uint8Array(body),
    headers: { authorization: `Bearer ${token}`, 'content-type': type },
  });
  if (answer.status >= 300) throw new Error(`${url}: ${answer.status}`);
  return (await answer.json()) as Readonly<Record<string, string>>;
};

/** Uploads a text file for a message to come; resolves with its id. */
export const uploadFile = async (
  { baseUrl }: Server,
  person: Uploader,
  { guildId, channelId }: Place,
  file: { readonly name: string; readonly bytes: string },
): Promise<string> => {
  const where = `${baseUrl}/guilds/${guildId}/channels/${channelId}/attachments?filename=${file.name}`;
  const { attachment_id: id = '' } = await sent(where, person, file.bytes, 'text/plain');
  return id;
};

/** Uploads a picture of one colour. */
export const uploadPicture = async (
  { baseUrl }: Server,
  person: Uploader,
  kind: 'avatar' | 'banner',
  background: string,
): Promise<void> => {
  const picture = await sharp({ create: { width: 30, height: 20, channels: 3, background } })
    .png()
    .toBuffer();
  await sent(`${baseUrl}/users/me/profile/${kind}`, person, picture, 'image/png');
};
