import { isLeft } from 'fp-ts/lib/Either.js';
import { s3SettingsOf } from './blob-variables.ts';
import { loadConfig } from './config.ts';

const WHOLE = {
  FILAMENT_S3_ENDPOINT: 'https://s3.example',
  FILAMENT_S3_BUCKET: 'files',
  FILAMENT_S3_ACCESS_KEY_ID: 'the-key',
  FILAMENT_S3_SECRET_ACCESS_KEY: 'the-secret',
};
type Variables = Readonly<Record<string, string>>;
const settingsOf = (variables: Variables, file: string | null = null) => {
  const loaded = loadConfig(variables, () => file);
  if (isLeft(loaded)) throw new Error(JSON.stringify(loaded.left));
  return s3SettingsOf(loaded.right);
};
const problemsOf = (variables: Variables) => {
  const loaded = loadConfig(variables, () => null);
  return isLeft(loaded) ? loaded.left.map(({ variable }) => variable) : [];
};
const without = (name: keyof typeof WHOLE): Variables =>
  Object.fromEntries(Object.entries(WHOLE).filter(([variable]) => variable !== name));

it('is a folder unless a bucket is named', () => expect(settingsOf({})).toBeNull());

it('needs four variables and has a default for the rest', () =>
  expect(settingsOf(WHOLE)).toEqual({
    endpoint: 'https://s3.example',
    bucket: 'files',
    accessKeyId: 'the-key',
    secretAccessKey: 'the-secret',
    region: 'us-east-1',
    addressing: 'path',
    prefix: '',
    timeoutMs: 5_000,
    connectionsMax: 128,
  }));

it.each(Object.keys(WHOLE) as (keyof typeof WHOLE)[])('says that %s is missing', (name) =>
  expect(problemsOf(without(name))).toEqual([name]),
);

it('reads the key and its secret from files', () => {
  const { FILAMENT_S3_ENDPOINT, FILAMENT_S3_BUCKET } = WHOLE;
  const files = {
    FILAMENT_S3_ACCESS_KEY_ID_FILE: '/run/id',
    FILAMENT_S3_SECRET_ACCESS_KEY_FILE: '/run/secret',
  };
  const settings = settingsOf({ FILAMENT_S3_ENDPOINT, FILAMENT_S3_BUCKET, ...files }, 'filed\n');
  expect(settings).toMatchObject({ accessKeyId: 'filed', secretAccessKey: 'filed' });
});

it.each([
  ['https://s3.example:9000', true],
  ['https://s3.example/', true],
  ['http://127.0.0.1:9000', true],
  ['http://localhost:9000', true],
  ['http://[::1]:9000', true],
  ['http://s3.example', false],
  ['http://10.0.0.1', false],
  ['http://localhost.example', false],
  ['https://s3.example/bucket', false],
  ['https://s3.example?x=1', false],
  ['https://name:secret@s3.example', false],
  ['s3.example', false],
  ['ftp://s3.example', false],
])('takes the endpoint %s: %s', (FILAMENT_S3_ENDPOINT, isGood) =>
  expect(problemsOf({ ...WHOLE, FILAMENT_S3_ENDPOINT }).length === 0).toBe(isGood),
);

it('takes an unencrypted one elsewhere only when told to', () => {
  const plain = { ...WHOLE, FILAMENT_S3_ENDPOINT: 'http://10.0.0.1:9000' };
  expect(problemsOf({ ...plain, FILAMENT_DEV_INSECURE_S3: 'yes' })).toEqual([]);
});

it('puts a bucket into the host only where it can be', () => {
  const hosted = { ...WHOLE, FILAMENT_S3_ADDRESSING: 'virtual-host' };
  expect(problemsOf(hosted)).toEqual([]);
  for (const change of [
    { FILAMENT_S3_BUCKET: 'my.files' },
    { FILAMENT_S3_ENDPOINT: 'https://10.0.0.1' },
    { FILAMENT_S3_ENDPOINT: 'https://[::1]' },
  ])
    expect(problemsOf({ ...hosted, ...change })).toEqual(['FILAMENT_S3_ADDRESSING']);
});

it.each([
  ['chat', 'chat/'],
  ['chat/', 'chat/'],
  ['a/b_c/d.e', 'a/b_c/d.e/'],
])('takes the prefix %s', (FILAMENT_S3_PREFIX, prefix) =>
  expect(settingsOf({ ...WHOLE, FILAMENT_S3_PREFIX })).toMatchObject({ prefix }),
);
it.each(['/', '/chat', 'a//b', '../a', 'a b', 'a/b/c/d/e/f', 'é'])(
  'refuses the prefix %s',
  (FILAMENT_S3_PREFIX) =>
    expect(problemsOf({ ...WHOLE, FILAMENT_S3_PREFIX })).toEqual(['FILAMENT_S3_PREFIX']),
);

it('is one place, not two', () =>
  expect(problemsOf({ ...WHOLE, FILAMENT_ATTACHMENT_ROOT: '/files' })).toEqual([
    'FILAMENT_ATTACHMENT_ROOT',
  ]));

it.each([
  ['FILAMENT_S3_TIMEOUT_MS', 100, 60_000],
  ['FILAMENT_S3_CONNECTIONS_MAX', 1, 10_000],
])('bounds %s', (variable, min, max) => {
  for (const value of [min, max])
    expect(problemsOf({ ...WHOLE, [variable]: String(value) })).toEqual([]);
  for (const value of [min - 1, max + 1])
    expect(problemsOf({ ...WHOLE, [variable]: String(value) })).toEqual([variable]);
});
