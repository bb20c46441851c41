import { listUrl, objectUrl } from './s3-address.ts';

const where = { endpoint: 'https://s3.example:9000', bucket: 'files', prefix: '' } as const;

it.each([
  ['path', '', 'https://s3.example:9000/files/avatars/a.1'],
  ['path', 'chat/', 'https://s3.example:9000/files/chat/avatars/a.1'],
  ['virtual-host', '', 'https://files.s3.example:9000/avatars/a.1'],
  ['virtual-host', 'chat/', 'https://files.s3.example:9000/chat/avatars/a.1'],
] as const)('finds an object by %s under %j', (addressing, prefix, url) =>
  expect(objectUrl({ ...where, addressing, prefix }, 'avatars/a.1').href).toBe(url),
);

it('encodes what a listing asks for', () => {
  const asked = { folder: 'avatars/', keysMax: 5, after: 'a+b/=' };
  expect(listUrl({ ...where, addressing: 'path', prefix: 'c/' }, asked).href).toBe(
    'https://s3.example:9000/files?list-type=2&max-keys=5&prefix=c%2Favatars%2F&continuation-token=a%2Bb%2F%3D',
  );
});
