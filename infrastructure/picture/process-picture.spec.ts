import { isLeft, left } from 'fp-ts/lib/Either.js';
import sharp from 'sharp';
import { createProcessPicture, FRAMES_MAX, PIXELS_MAX, WAITING_MAX } from './process-picture.ts';

const plain = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#246' } });
const REFUSED = left('Refused');

const processed = async (
  bytes: Buffer,
  declaredType: string | null = null,
  kind: 'avatar' | 'banner' = 'avatar',
) => {
  const outcome = await createProcessPicture()({ kind, bytes, declaredType });
  if (isLeft(outcome)) throw new Error(outcome.left);
  return outcome.right;
};
const refusal = (bytes: Buffer, declaredType: string | null = null) =>
  createProcessPicture()({ kind: 'avatar', bytes, declaredType });

const frames = async (count: number, width = 8, height = 8) => {
  const raw = Buffer.alloc(width * height * count * 3);
  for (let i = 0; i < raw.length; i += 1) raw[i] = Math.floor(i / (width * height * 3)) * 7;
  return sharp(raw, { raw: { width, height: height * count, channels: 3, pageHeight: height } })
    .gif({ delay: Array.from({ length: count }, () => 50) })
    .toBuffer();
};

describe('a picture', () => {
  it.each(['jpeg', 'png', 'webp', 'gif', 'avif'] as const)(
    'of type %s is encoded anew as what it was',
    async (format) => {
      const bytes = await plain(20, 10).toFormat(format).toBuffer();
      const { mimeType, bytes: out } = await processed(bytes, `image/${format}; q=1`);
      expect(mimeType).toBe(`image/${format}`);
      expect(await sharp(out).metadata()).toMatchObject({ width: 20, height: 10 });
    },
  );

  it('loses what it told of its maker, and is turned as it was meant', async () => {
    const bytes = await plain(20, 10)
      .jpeg()
      .withExif({ IFD0: { Copyright: 'canary-maker' }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } })
      .withMetadata({ orientation: 6 })
      .toBuffer();
    expect(bytes.includes('canary-maker') || (await sharp(bytes).metadata()).exif).toBeTruthy();
    const { bytes: out } = await processed(bytes);
    const facts = await sharp(out).metadata();
    expect([facts.exif, facts.xmp, facts.iptc, facts.icc]).toEqual(Array(4).fill(undefined));
    expect([facts.width, facts.height]).toEqual([10, 20]);
  });

  it('loses whatever was hidden in or behind it', async () => {
    const script = '<script>alert(1)</script>';
    for (const format of ['jpeg', 'png', 'gif', 'webp'] as const) {
      const whole = await plain(20, 10).toFormat(format).toBuffer();
      const { bytes: out } = await processed(
        Buffer.concat([whole, Buffer.from(`PK\x03\x04${script}`)]),
      );
      expect(out.includes(script)).toBe(false);
    }
  });

  it('is made to fit', async () => {
    const bytes = await plain(3000, 1000).png().toBuffer();
    expect(await sharp((await processed(bytes)).bytes).metadata()).toMatchObject({ width: 512 });
    const banner = await processed(bytes, null, 'banner');
    expect(await sharp(banner.bytes).metadata()).toMatchObject({ width: 1920, height: 640 });
  });

  it('keeps its frames', async () => {
    const { bytes, mimeType } = await processed(await frames(3));
    expect(mimeType).toBe('image/gif');
    expect((await sharp(bytes, { animated: true }).metadata()).pages).toBe(3);
  });

  it('may have so many frames and pixels and no more', async () => {
    expect((await processed(await frames(FRAMES_MAX))).mimeType).toBe('image/gif');
    expect(await refusal(await frames(FRAMES_MAX + 1))).toEqual(REFUSED);
    const side = Math.floor(Math.sqrt(PIXELS_MAX));
    expect((await processed(await plain(side, side).png().toBuffer())).mimeType).toBe('image/png');
    expect(
      await refusal(
        await plain(side + 2, side + 2)
          .png()
          .toBuffer(),
      ),
    ).toEqual(REFUSED);
  }, 60_000);

  it('must be what its sender says', async () => {
    const png = await plain(4, 4).png().toBuffer();
    expect((await processed(png, 'IMAGE/PNG')).mimeType).toBe('image/png');
    for (const type of ['image/jpeg', 'application/octet-stream', 'text/html', ''])
      expect(await refusal(png, type)).toEqual(REFUSED);
  });

  it('must be whole, and a picture', async () => {
    const png = await plain(400, 400).png().toBuffer();
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script/></svg>';
    const tiff = await plain(9, 9).tiff().toBuffer();
    const hostile = [
      png.subarray(0, png.length / 2),
      Buffer.from(svg),
      tiff,
      Buffer.from('%PDF-1.7 '),
      Buffer.concat([Buffer.from('GIF89a'), Buffer.from('<html><script>1</script>')]),
      Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(100)]),
      Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.from(svg)]),
      Buffer.alloc(1),
    ];
    for (const bytes of hostile) expect(await refusal(bytes)).toEqual(REFUSED);
  });

  it('waits in a line of a bounded length', async () => {
    const process = createProcessPicture();
    const bytes = await plain(20, 10).png().toBuffer();
    const upload = { kind: 'avatar' as const, bytes, declaredType: null };
    const outcomes = await Promise.all(
      Array.from({ length: WAITING_MAX + 2 }, () => process(upload)),
    );
    expect(outcomes.filter(isLeft)).toEqual([left('Busy')]);
  });
});
