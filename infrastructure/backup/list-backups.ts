import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { BackupDamaged } from './backup-damaged.ts';
import { readManifest, type Manifest } from './manifest.ts';

export type Listed = { readonly folder: string; readonly manifest: Manifest };

/** The backups in a folder, oldest first, as far as their manifests can be read; unchecked without a key. */
export const listBackups = async (
  folder: string,
  key: Buffer | null = null,
): Promise<readonly Listed[]> => {
  const found: Listed[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue;
    const backup = path.join(folder, entry.name);
    try {
      found.push({ folder: backup, manifest: await readManifest(backup, key) });
    } catch (error) {
      if (!(error instanceof BackupDamaged)) throw error; // Something else lies there too.
    }
  }
  return found.sort((a, b) => (a.manifest.madeAt < b.manifest.madeAt ? -1 : 1));
};
