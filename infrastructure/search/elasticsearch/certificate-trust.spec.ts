import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { rootCertificates } from 'node:tls';
import { distrustOf, readAuthorities } from './certificate-trust.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'filament-ca-'));
afterAll(() => rmSync(folder, { recursive: true }));
const written = (text: string): string => {
  const file = path.join(folder, 'ca.pem');
  writeFileSync(file, text);
  return file;
};
const [one = '', other = ''] = rootCertificates;

it('reads the certificates of a file, and nothing else of it', async () => {
  const read = await readAuthorities(written(`# ours\n${one}\nbetween\n${other}\n`));
  expect(read).toBe(`${one}\n${other}`);
});

it('says what is the matter with a file that holds none', async () => {
  await expect(readAuthorities(path.join(folder, 'absent'))).rejects.toThrow(/read \(ENOENT\)/);
  await expect(readAuthorities(folder)).rejects.toThrow(/read \(EISDIR\)/);
  await expect(readAuthorities(written(''))).rejects.toThrow(/without a certificate/);
  const damaged = one.replace(/\n(.{20})/, '\nAAAAAAAAAAAAAAAAAAAA');
  await expect(readAuthorities(written(damaged))).rejects.toThrow(/damaged/);
  await expect(readAuthorities(written(`${one}\n${damaged}`))).rejects.toThrow(/damaged/);
});

it('knows a certificate that is not trusted from a server that is away', () => {
  const reason = (message: string) => distrustOf(new Error(message));
  expect(reason('self-signed certificate')).toBe('self-signed certificate');
  expect(reason('certificate has expired - Local: 127.0.0.1:1')).toBe('certificate has expired');
  expect(
    reason("Hostname/IP does not match certificate's altnames: Host: a. is not in the cert's"),
  ).toBe("does not match certificate's altnames");
  expect(reason('connect ECONNREFUSED 127.0.0.1:9200')).toBeNull();
  expect(distrustOf('self-signed certificate')).toBeNull();
});
