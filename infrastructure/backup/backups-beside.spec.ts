// Whose lists of destroyed keys a restore goes by.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MANIFEST_FILE, manifestText, type Manifest } from './manifest.ts';
import { backupsBeside } from './restore-backup.ts';

const KEY = Buffer.alloc(32, 7);

it('goes by all backups of the installation, also those of its log after a restore', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'filament-beside-'));
  const save = async (name: string, storeId: string, masterKeyPrint: string) => {
    const manifest: Manifest = {
      ...{ format: 1, name, madeAt: '2026-01-01T12:00:00.000Z', storeId },
      ...{ position: '00000000000000000007', migrations: [], masterKeyPrint, parts: [] },
    };
    await mkdir(path.join(folder, name));
    await writeFile(path.join(folder, name, MANIFEST_FILE), manifestText(manifest, KEY));
    return { folder: path.join(folder, name), manifest };
  };
  const first = await save('first', 'a log', 'ours');
  await save('restored', 'the log after a restore', 'ours');
  await save('stranger', 'a log', 'theirs');
  const found = await backupsBeside([first], KEY);
  expect(found.map(({ manifest }) => manifest.name).sort()).toEqual(['first', 'restored']);
  await rm(folder, { recursive: true });
});
