// Files made to be taken for something else, or to break whoever looks into them. Generated here: none is stored.
import { crc32 as crcOf, deflateRawSync, deflateSync } from 'node:zlib';
import { PNG } from './file-calls.ts';

const SCRIPT = '<script>alert(document.domain)</script>';
const PAGE = `<!doctype html><html><body>${SCRIPT}</body></html>`;

export type HostileFile = {
  readonly what: string;
  readonly name: string;
  readonly type?: string; // As declared; none when not said
  readonly bytes: Buffer;
  /** What it must be stored as; null when it must be refused. */
  readonly storedAs: string | null;
};

const TEXT = 'text/plain; charset=utf-8';

const pngChunk = (type: string, data: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crcOf(body));
  return Buffer.concat([length, body, sum]);
};

const pngWith = (...chunks: readonly Buffer[]): Buffer =>
  Buffer.concat([PNG.subarray(0, 33), ...chunks, PNG.subarray(33)]);

/** A picture that says it is of 60,000 by 60,000 dots. */
const floodingPng = (): Buffer => {
  const file = Buffer.from(PNG);
  for (const at of [16, 20]) file.writeUInt32BE(60_000, at);
  file.writeUInt32BE(crcOf(file.subarray(12, 29)), 29);
  return file;
};

const gif = Buffer.concat([
  Buffer.from('GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0', 'latin1'),
  Buffer.from(',\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;', 'latin1'),
]);

/** A zip of one entry that says it unpacks to so many bytes. */
const zipOf = (name: string, packed: Buffer, unpacked: number): Buffer => {
  const entry = Buffer.alloc(30);
  entry.writeUInt32LE(0x04034b50, 0);
  entry.writeUInt16LE(20, 4);
  entry.writeUInt16LE(8, 8);
  entry.writeUInt32LE(packed.length, 18);
  entry.writeUInt32LE(unpacked, 22);
  entry.writeUInt16LE(name.length, 26);
  const directory = Buffer.alloc(46);
  directory.writeUInt32LE(0x02014b50, 0);
  entry.copy(directory, 6, 4, 30);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(directory.length + name.length, 12);
  end.writeUInt32LE(entry.length + name.length + packed.length, 16);
  const title = Buffer.from(name, 'latin1');
  return Buffer.concat([entry, title, packed, directory, title, end]);
};

/** A JPEG whose EXIF part says where it was taken. */
const jpegWithPlace = (): Buffer => {
  const tiff = Buffer.from(
    'Exif\0\0MM\0*\0\0\0\x08\0\x01\x88%\0\x04\0\0\0\x01\0\0\0\x1aGPS 48.8584N 2.2945E',
    'latin1',
  );
  const length = Buffer.alloc(2);
  length.writeUInt16BE(tiff.length + 2);
  return Buffer.concat([
    Buffer.from([0xff, 0xd8, 0xff, 0xe1]),
    length,
    tiff,
    Buffer.from([0xff, 0xd9]),
  ]);
};

const bomb = zipOf('zeros', deflateRawSync(Buffer.alloc(8_000_000)), 0xfffffff0);
const svg = (body: string) =>
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">${body}</svg>`);

const PICTURES: readonly HostileFile[] = [
  {
    what: 'a GIF that is a JAR too (GIFAR)',
    name: 'a.gif',
    type: 'image/gif',
    bytes: Buffer.concat([
      gif,
      zipOf('A.class', deflateRawSync(Buffer.from('\xca\xfe\xba\xbe', 'latin1')), 4),
    ]),
    storedAs: 'image/gif',
  },
  {
    what: 'a GIF with a page behind it',
    name: 'a.html',
    type: 'image/gif',
    bytes: Buffer.concat([gif, Buffer.from(PAGE)]),
    storedAs: 'image/gif',
  },
  {
    what: 'a GIF declared as a page',
    name: 'a.html',
    type: 'text/html',
    bytes: Buffer.concat([gif, Buffer.from(PAGE)]),
    storedAs: null,
  },
  {
    what: 'a script that begins as a GIF',
    name: 'a.js',
    bytes: Buffer.from(`GIF89a/*${' '.repeat(20)}*/=1;alert(1)`),
    storedAs: 'image/gif',
  },
  {
    what: 'a page in a comment of a PNG',
    name: 'a.png',
    bytes: pngWith(pngChunk('tEXt', Buffer.from(`Comment\0${PAGE}`))),
    storedAs: 'image/png',
  },
  {
    what: 'a PNG of 60,000 by 60,000 dots',
    name: 'flood.png',
    bytes: floodingPng(),
    storedAs: 'image/png',
  },
  {
    what: 'a PNG with a compressed text of megabytes',
    name: 'a.png',
    bytes: pngWith(
      pngChunk(
        'zTXt',
        Buffer.concat([Buffer.from('Comment\0\0', 'latin1'), deflateSync(Buffer.alloc(5_000_000))]),
      ),
    ),
    storedAs: 'image/png',
  },
  {
    what: 'a PNG cut off in its header',
    name: 'a.png',
    bytes: PNG.subarray(0, 20),
    storedAs: 'image/png',
  },
  { what: 'a PNG cut off in its mark', name: 'a.png', bytes: PNG.subarray(0, 6), storedAs: null },
  {
    what: 'a JPEG of three bytes',
    name: 'a.jpg',
    bytes: Buffer.from([0xff, 0xd8, 0xff]),
    storedAs: 'image/jpeg',
  },
  {
    what: 'a JPEG that says where it was taken',
    name: 'home.jpg',
    type: 'image/jpeg',
    bytes: jpegWithPlace(),
    storedAs: 'image/jpeg',
  },
  {
    what: 'a PNG declared as an SVG',
    name: 'a.svg',
    type: 'image/svg+xml',
    bytes: PNG,
    storedAs: null,
  },
];

const TEXTS: readonly HostileFile[] = [
  { what: 'a page', name: 'a.html', type: 'text/html', bytes: Buffer.from(PAGE), storedAs: TEXT },
  {
    what: 'a page that says nothing of itself',
    name: 'a',
    bytes: Buffer.from(PAGE),
    storedAs: TEXT,
  },
  {
    what: 'a page declared as a picture',
    name: 'a.png',
    type: 'image/png',
    bytes: Buffer.from(PAGE),
    storedAs: null,
  },
  {
    what: 'an SVG with a script',
    name: 'a.svg',
    type: 'image/svg+xml',
    bytes: svg(SCRIPT),
    storedAs: TEXT,
  },
  {
    what: 'an SVG behind an XML declaration',
    name: 'a.svg',
    bytes: Buffer.concat([Buffer.from('<?xml version="1.0"?>'), svg(SCRIPT)]),
    storedAs: TEXT,
  },
  {
    what: 'an SVG declared as a PNG',
    name: 'a.png',
    type: 'image/png',
    bytes: svg(SCRIPT),
    storedAs: null,
  },
  {
    what: 'XML that grows without end',
    name: 'lol.xml',
    bytes: Buffer.from(
      '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><l>&b;</l>',
    ),
    storedAs: TEXT,
  },
  {
    what: 'XHTML',
    name: 'a.xhtml',
    type: 'application/xhtml+xml',
    bytes: Buffer.from(
      `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">${SCRIPT}</html>`,
    ),
    storedAs: TEXT,
  },
  {
    what: 'a page saved with its pictures',
    name: 'a.mht',
    type: 'message/rfc822',
    bytes: Buffer.from(`MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n${PAGE}`),
    storedAs: TEXT,
  },
  {
    what: 'a page in UTF-7',
    name: 'a.txt',
    bytes: Buffer.from('+ADw-script+AD4-alert(1)+ADw-/script+AD4-'),
    storedAs: TEXT,
  },
  {
    what: 'a page in UTF-16',
    name: 'a.html',
    bytes: Buffer.from(`\ufeff${PAGE}`, 'utf16le'),
    storedAs: null,
  },
  {
    what: 'a shell script',
    name: 'a.sh',
    type: 'application/x-sh',
    bytes: Buffer.from('#!/bin/sh\nrm -rf /\n'),
    storedAs: TEXT,
  },
  {
    what: 'a page with a PDF in it',
    name: 'a.pdf',
    bytes: Buffer.from(`${PAGE}%PDF-1.4\n%%EOF`),
    storedAs: TEXT,
  },
  {
    what: 'a text with a NUL far behind',
    name: 'a.txt',
    bytes: Buffer.from(`${'a'.repeat(9_000)}\0`),
    storedAs: null,
  },
];

const CONTAINERS: readonly HostileFile[] = [
  {
    what: 'a PDF with a page behind it',
    name: 'a.pdf',
    type: 'application/pdf',
    bytes: Buffer.from(
      `%PDF-1.4\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n%%EOF${PAGE}`,
    ),
    storedAs: 'application/pdf',
  },
  {
    what: 'a bomb of a zip',
    name: 'bomb.zip',
    type: 'application/zip',
    bytes: bomb,
    storedAs: 'application/zip',
  },
  {
    what: 'a zip whose entry leads out of the folder',
    name: 'slip.zip',
    type: 'application/x-zip-compressed',
    bytes: zipOf('../../etc/passwd', deflateRawSync(Buffer.from('x')), 1),
    storedAs: 'application/zip',
  },
  {
    what: 'a program',
    name: 'a.exe',
    type: 'application/x-msdownload',
    bytes: Buffer.concat([Buffer.from('MZ'), Buffer.alloc(300)]),
    storedAs: 'application/x-msdownload',
  },
  {
    what: 'a program that calls itself a picture',
    name: 'photo.png',
    type: 'image/png',
    bytes: Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01'), Buffer.alloc(300)]),
    storedAs: null,
  },
  {
    what: 'noise',
    name: 'noise',
    bytes: Buffer.from([0, 1, 2, 3, 0xfe, 0xff, 0xfd, 0x80]),
    storedAs: null,
  },
  { what: 'nothing', name: 'empty', bytes: Buffer.alloc(0), storedAs: null },
];

export const HOSTILE_FILES: readonly HostileFile[] = [...PICTURES, ...TEXTS, ...CONTAINERS];

/** Names, and whether a file may have them. */
export const HOSTILE_NAMES: readonly (readonly [name: string, isAllowed: boolean])[] = [
  ['../../etc/passwd', false],
  ['..\\..\\boot.ini', false],
  ['..', false],
  ['/', false],
  ['a\0.png', false],
  ['a\r\nSet-Cookie: session=1', false],
  ['a\n\n<script>', false],
  ['photo\u202egnp.exe', false],
  ['\u2066x\u2069', false],
  ['a\u0085b', false],
  ['x'.repeat(129), false],
  ['🪴'.repeat(33), false],
  ['"; filename="evil.html', true],
  ["a';alert(1);'.png", true],
  ['<img src=x onerror=alert(1)>', true],
  ['%2e%2e%2f', true],
  ['نص.txt', true],
  ['🪴'.repeat(32), true],
  ['CON', true],
  ['.htaccess', true],
  [' ', true],
  ['file.png.html', true],
  ['a;b=c,d', true],
  ['x'.repeat(128), true],
];
