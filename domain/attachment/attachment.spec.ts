import type * as t from 'io-ts';
import { attachmentNo, channelNo, guildNo, noon, userNo } from '../shared/testing/samples.ts';
import { specFor } from '../shared/testing/spec-for.ts';
import { attachmentDecider } from './decider.ts';
import { type AttachmentEvent } from './events.ts';
import { isFileName } from './file-name.ts';
import { agrees, essenceOf, isShownInline } from './media-type.ts';

const { given } = specFor(attachmentDecider);
const where = {
  attachmentId: attachmentNo(1),
  guildId: guildNo(1),
  channelId: channelNo(1),
  ownerId: userNo(1),
};
const uploaded: AttachmentEvent = {
  type: 'AttachmentUploaded',
  data: {
    ...where,
    filename: 'a.png',
    sha256Hex: '00',
    mimeType: 'image/png',
    sizeBytes: 1 as t.Int,
    at: noon,
  },
};
const remove = { by: userNo(1), cause: 'request' as const, at: noon };
const deleted: AttachmentEvent = { type: 'AttachmentDeleted', data: { ...where, ...remove } };

describe('an attachment', () => {
  it('is deleted once', () => {
    given(uploaded).when(remove).thenEmits(deleted);
    given(uploaded, deleted).when(remove).thenRejects({ type: 'NoSuchAttachment' });
    given().when(remove).thenRejects({ type: 'NoSuchAttachment' });
    given(deleted).when(remove).thenRejects({ type: 'NoSuchAttachment' });
  });
});

describe('a file name', () => {
  it.each([
    'a',
    'a'.repeat(128),
    'é'.repeat(64),
    '🪴'.repeat(32),
    ' ',
    '.htaccess',
    '…',
    'CON',
    'عربي.pdf',
  ])('may be %j', (name) => expect(isFileName(name)).toBe(true));
  it.each([
    '',
    'a'.repeat(129),
    'é'.repeat(64) + 'a',
    '🪴'.repeat(32) + 'a',
    'a/b',
    '..\\b',
    '..',
    '.',
    'a\0',
    'a\r\nSet-Cookie: x',
    'a\tb',
    'a\u0085b',
    '\ud800',
    'photo\u202egnp.exe',
    'a\u2066b',
    'a\u2028b',
  ])('may not be %j', (name) => expect(isFileName(name)).toBe(false));
});

describe('a declared type', () => {
  it.each([
    ['image/png', 'image/png'],
    ['IMAGE/PNG; charset=binary', 'image/png'],
    ['application/octet-stream', 'image/png'],
    ['audio/wav', 'audio/wav'],
    ['audio/x-wav', 'audio/wav'],
    ['audio/flac', 'audio/x-flac'],
    ['image/vnd.microsoft.icon', 'image/x-icon'],
    ['image/heic', 'image/heif'],
    ['application/x-zip-compressed', 'application/zip'],
    ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'application/zip'],
    ['application/zip', 'application/epub+zip'],
    ['application/msword', 'application/x-cfb'],
    ['text/html', 'text/plain; charset=utf-8'],
    ['image/svg+xml', 'text/plain; charset=utf-8'],
    ['application/ld+json', 'text/plain; charset=utf-8'],
  ])('%s agrees with %s', (declared, sniffed) => expect(agrees(declared, sniffed)).toBe(true));
  it.each([
    ['image/jpeg', 'image/png'],
    ['text/html', 'image/png'],
    ['image/png', 'text/plain; charset=utf-8'],
    ['application/pdf', 'application/zip'],
    ['image/png/x', 'image/png'],
    ['', 'image/png'],
    ['image', 'image/png'],
    ['application/msword', 'application/zip'],
  ])('%j does not agree with %s', (declared, sniffed) =>
    expect(agrees(declared, sniffed)).toBe(false),
  );
  it('has its essence before the parameters', () => {
    expect(essenceOf(' Text/HTML ;charset=x')).toBe('text/html');
    expect(essenceOf('text/ html')).toBeNull();
  });
});

describe('what is shown in place', () => {
  it.each(['image/png', 'video/mp4', 'audio/mpeg', 'audio/ogg; codecs=opus'])('is %s', (type) =>
    expect(isShownInline(type)).toBe(true),
  );
  it.each([
    'text/plain; charset=utf-8',
    'text/html',
    'image/svg+xml',
    'application/pdf',
    'application/xml',
    'application/zip',
    'image/tiff',
    '',
  ])('is not %s', (type) => expect(isShownInline(type)).toBe(false));
});
