// What may be said of a file's type: what its bytes say, and whether what the sender said agrees (base contract 5.6).

/** How every text is stored and served, whatever it was called: never as a page, a script or a picture. */
export const TEXT_TYPE = 'text/plain; charset=utf-8';

// Types that go by several names: what browsers and systems call them, and what detectors do.
const NAMES: readonly (readonly string[])[] = [
  ['audio/wav', 'audio/x-wav', 'audio/wave', 'audio/vnd.wave'],
  ['audio/flac', 'audio/x-flac'],
  ['audio/aiff', 'audio/x-aiff'],
  ['audio/aac', 'audio/x-aac', 'audio/aacp', 'audio/x-hx-aac-adts'],
  ['audio/mpeg', 'audio/mp3', 'audio/x-mp3', 'audio/x-mpeg'],
  ['audio/mp4', 'audio/x-m4a', 'audio/m4a', 'video/mp4', 'video/x-m4v'],
  ['audio/midi', 'audio/x-midi', 'audio/mid', 'audio/sp-midi'],
  ['audio/ogg', 'audio/opus', 'audio/vorbis', 'video/ogg', 'application/ogg'],
  ['video/webm', 'audio/webm', 'video/matroska', 'video/x-matroska', 'audio/x-matroska'],
  ['video/vnd.avi', 'video/x-msvideo', 'video/avi', 'video/msvideo'],
  [
    'video/x-ms-asf',
    'video/x-ms-wmv',
    'audio/x-ms-asf',
    'audio/x-ms-wma',
    'application/vnd.ms-asf',
  ],
  ['image/jpeg', 'image/jpg', 'image/pjpeg'],
  ['image/png', 'image/apng', 'image/vnd.mozilla.apng', 'image/x-png'],
  ['image/x-icon', 'image/vnd.microsoft.icon', 'image/ico'],
  ['image/bmp', 'image/x-ms-bmp', 'image/x-bmp'],
  ['image/heic', 'image/heif', 'image/heic-sequence', 'image/heif-sequence'],
  ['image/vnd.adobe.photoshop', 'image/x-photoshop', 'application/x-photoshop'],
  ['application/gzip', 'application/x-gzip', 'application/x-compressed-tar'],
  ['application/x-bzip2', 'application/x-bzip', 'application/bzip2'],
  ['application/x-rar-compressed', 'application/vnd.rar', 'application/x-rar'],
  ['application/x-7z-compressed', 'application/7z'],
  ['application/zstd', 'application/x-zstd'],
  ['application/rtf', 'text/rtf', 'text/richtext'],
  [
    'application/x-msdownload',
    'application/vnd.microsoft.portable-executable',
    'application/x-dosexec',
    'application/x-ms-dos-executable',
  ],
  ['application/x-elf', 'application/x-executable', 'application/x-sharedlib'],
  ['application/x-sqlite3', 'application/vnd.sqlite3'],
  ['application/x-deb', 'application/vnd.debian.binary-package'],
  ['application/postscript', 'application/eps', 'application/x-eps'],
];
const ZIP = 'application/zip';
const ZIP_NAMES = ['application/x-zip-compressed', 'application/x-zip', 'multipart/x-zip'];
// A document in a zip shows what it is further back than its first bytes reach, so its own name is believed of a zip: it
// is stored as a zip all the same.
const IN_A_ZIP =
  /^application\/(?:vnd\.openxmlformats-officedocument\..*|vnd\.oasis\.opendocument\..*|vnd\.ms-[\w-]+\.[\w.-]*macroenabled\.12|epub\+zip|java-archive|x-java-archive|vnd\.android\.package-archive|x-xpinstall|vnd\.comicbook\+zip|x-cbz)$/;
// Old Office files are one container, whatever is in it.
const IN_A_COMPOUND_FILE =
  /^application\/(?:msword|vnd\.ms-(?:excel|powerpoint|outlook|works|project)|vnd\.visio|x-msi|x-ole-storage)$/;
const TEXTUAL =
  /^(?:text\/.*|message\/rfc822|image\/svg\+xml|application\/(?:json|xml|javascript|ecmascript|x-javascript|typescript|x-typescript|x-sh|x-shellscript|x-httpd-php|x-php|x-python|x-perl|x-ruby|x-tex|x-latex|x-yaml|yaml|toml|sql|graphql|csv|x-csv|x-ndjson|jsonl|x-subrip|x-pem-file|pgp-signature|pgp-keys|x-x509-ca-cert|[\w.-]+\+(?:xml|json|yaml)))$/;
// What a browser says of a file it doesn't know.
const NO_CLAIM = 'application/octet-stream';

const groupOf = new Map(NAMES.flatMap((names, group) => names.map((name) => [name, group])));

/** The type itself, without parameters and case; null when there is none. */
export const essenceOf = (contentType: string): string | null => {
  const essence = (contentType.split(';')[0] ?? '').trim().toLowerCase();
  return /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(essence) ? essence : null;
};

/** Whether what a sender declared can be what was found in the bytes. */
export const agrees = (declared: string, sniffed: string): boolean => {
  const said = essenceOf(declared);
  const found = essenceOf(sniffed);
  if (said === null || found === null) return false;
  if (said === found || said === NO_CLAIM) return true;
  const group = groupOf.get(said);
  if (group !== undefined && group === groupOf.get(found)) return true;
  if (found === 'text/plain') return TEXTUAL.test(said);
  if (found === ZIP) return ZIP_NAMES.includes(said) || IN_A_ZIP.test(said);
  if (IN_A_ZIP.test(found)) return said === ZIP || ZIP_NAMES.includes(said);
  return found === 'application/x-cfb' && IN_A_COMPOUND_FILE.test(said);
};

// Pictures, sound and moving pictures that browsers decode without running anything.
const SAFE_INLINE: ReadonlySet<string> = new Set([
  'image/jpeg',
  'image/png',
  'image/apng',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/bmp',
  'image/x-icon',
  'video/mp4',
  'video/webm',
  'video/ogg',
  'video/quicktime',
  'video/x-m4v',
  'audio/mpeg',
  'audio/mp4',
  'audio/x-m4a',
  'audio/ogg',
  'audio/flac',
  'audio/wav',
  'audio/aac',
]);

/** Whether a browser may show a file in place; any other is only ever offered to be saved. */
export const isShownInline = (mimeType: string): boolean =>
  SAFE_INLINE.has(essenceOf(mimeType) ?? '');
