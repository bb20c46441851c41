// Pictures of profiles, decoded and encoded anew by sharp (libvips). What is given out is what our own encoder wrote:
// metadata, hidden payloads and second meanings of a file do not survive it.
import { left, right, type Either } from 'fp-ts/lib/Either.js';
import type { Metadata, Sharp } from 'sharp';
import {
  type ProcessedPicture,
  type ProcessPicture,
} from '../../application/account/picture-processing.ts';
import { type PictureKind } from '../../domain/account/events.ts';
import { createBoundedQueue } from '../auth/passwords.ts';

/** Decoded pixels of all frames together: 128 MB at four bytes each. A file of a few kilobytes can claim any number. */
export const PIXELS_MAX = 32_000_000;
export const FRAMES_MAX = 200;
const SECONDS_MAX = 8;
// One decodes while another is written; each may hold PIXELS_MAX.
const CONCURRENCY = 1;
export const WAITING_MAX = 8;
/** Larger pictures are made smaller; smaller ones stay as they are. */
const SIDES: Readonly<Record<PictureKind, readonly [width: number, height: number]>> = {
  avatar: [512, 512],
  banner: [1920, 1080],
};

// Loaded with the first picture: it takes longer to load than most else that a start would wait for.
const loadSharp = async () => {
  const { default: sharp } = await import('sharp');
  // libvips reads dozens of formats, some by large and little-tested libraries: only these five may ever be opened.
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({
    operation: [
      'VipsForeignLoadJpegBuffer',
      'VipsForeignLoadPngBuffer',
      'VipsForeignLoadWebpBuffer',
      'VipsForeignLoadNsgifBuffer',
      'VipsForeignLoadHeifBuffer',
    ],
  });
  sharp.cache(false); // Everybody's pictures are different.
  sharp.concurrency(1); // The queue decides how much runs at once.
  return sharp;
};
let loading: ReturnType<typeof loadSharp> | undefined;
const sharpOf = () => (loading ??= loadSharp());

type Format = 'jpeg' | 'png' | 'webp' | 'gif' | 'avif';

/** By the first bytes, since only these say what a browser would take the file for. */
const sniff = (bytes: Buffer): Format | null => {
  const ascii = (from: number, to: number) => bytes.toString('latin1', from, to);
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return 'jpeg';
  if (ascii(0, 8) === '\x89PNG\r\n\x1a\n') return 'png';
  if (ascii(0, 4) === 'RIFF' && ascii(8, 12) === 'WEBP') return 'webp';
  if (ascii(0, 6) === 'GIF87a' || ascii(0, 6) === 'GIF89a') return 'gif';
  if (ascii(4, 8) === 'ftyp' && ['avif', 'avis'].includes(ascii(8, 12))) return 'avif';
  return null;
};

const essenceOf = (contentType: string): string =>
  contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';

const isAffordable = ({ width, height, pageHeight, pages = 1 }: Metadata): boolean =>
  pages <= FRAMES_MAX && width * (pageHeight ?? height) * pages <= PIXELS_MAX;

const encode = (picture: Sharp, format: Format): Sharp => {
  switch (format) {
    case 'jpeg':
      return picture.jpeg({ quality: 85 });
    case 'png':
      return picture.png();
    case 'webp':
      return picture.webp({ quality: 85 });
    case 'gif':
      return picture.gif();
    case 'avif':
      return picture.avif({ quality: 60, effort: 2 });
  }
};

const recode = async (
  sharp: Awaited<ReturnType<typeof sharpOf>>,
  kind: PictureKind,
  bytes: Buffer,
  format: Format,
): Promise<ProcessedPicture | null> => {
  // `animated` keeps the frames of gif and webp; the others have one.
  const options = { animated: true, limitInputPixels: PIXELS_MAX, failOn: 'error' } as const;
  const facts = await sharp(bytes, options).metadata();
  const isExpected = format === 'avif' ? facts.compression === 'av1' : facts.format === format;
  if (!isExpected || !isAffordable(facts)) return null;
  const [width, height] = SIDES[kind];
  const picture = sharp(bytes, options)
    .timeout({ seconds: SECONDS_MAX })
    .autoOrient() // The camera's turn is metadata, which goes.
    .resize({ width, height, fit: 'inside', withoutEnlargement: true });
  return { bytes: await encode(picture, format).toBuffer(), mimeType: `image/${format}` };
};

/** Makes the processing of pictures: few at once, few waiting. */
export const createProcessPicture = (): ProcessPicture => {
  const queue = createBoundedQueue({ concurrency: CONCURRENCY, waitingMax: WAITING_MAX });
  return async ({ kind, bytes, declaredType }) => {
    const format = sniff(bytes);
    if (format === null) return left('Refused');
    if (declaredType !== null && essenceOf(declaredType) !== `image/${format}`)
      return left('Refused');
    const work = async (): Promise<Either<'Refused' | 'Busy', ProcessedPicture>> => {
      const sharp = await sharpOf();
      try {
        const processed = await recode(sharp, kind, bytes, format);
        return processed === null ? left('Refused') : right(processed);
      } catch {
        return left('Refused'); // Truncated, damaged, too large or too slow: no picture for us.
      }
    };
    return queue(work) ?? left('Busy');
  };
};
