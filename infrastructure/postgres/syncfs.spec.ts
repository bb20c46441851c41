import { hasFaithfulSyncfs } from './syncfs.ts';

it.each([
  ['linux', '5.8.0-63-generic', true],
  ['linux', '5.10.0', true],
  ['linux', '6.1.0-18-amd64', true],
  ['linux', '5.7.19', false],
  ['linux', '4.19.0', false],
  ['linux', 'unheard of', false],
  ['darwin', '23.4.0', false],
  ['win32', '10.0.22631', false],
] as const)('knows whether %s %s says when it could not write', (platform, kernel, expected) => {
  expect(hasFaithfulSyncfs(platform, kernel)).toBe(expected);
});
