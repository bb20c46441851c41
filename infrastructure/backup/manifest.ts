// What a backup says of itself: readable without its key, and authentic with it.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { BackupDamaged } from './backup-damaged.ts';

export const PART_NAMES = ['log', 'vault', 'attachments', 'destroyed'] as const;
export type PartName = (typeof PART_NAMES)[number];

export const MANIFEST_FILE = 'manifest.json';
const FORMAT = 1;

const Part = t.strict({
  name: t.keyof({ log: null, vault: null, attachments: null, destroyed: null }),
  bytes: t.number,
  sha256: t.string,
  rows: t.number, // Of tables
  files: t.number,
});

const Body = t.strict({
  format: t.literal(FORMAT),
  name: t.string,
  madeAt: t.string, // ISO 8601, UTC
  storeId: t.string, // Of the log it was made of
  position: t.string, // The log's last at that moment
  migrations: t.readonlyArray(t.string), // What the tables are the outcome of
  masterKeyPrint: t.string, // Tells whether a master key is the one its texts were sealed with
  parts: t.readonlyArray(Part),
});
export type Manifest = t.TypeOf<typeof Body>;

const Signed = t.strict({ body: Body, mac: t.string });

export const partFile = (folder: string, name: PartName): string =>
  path.join(folder, `${name}.part`);

const macOf = (body: Manifest, key: Buffer): Buffer =>
  createHmac('sha256', key)
    .update('filament backup manifest\0')
    .update(JSON.stringify(body))
    .digest();

/** A short fingerprint by which a master key is recognised and nothing else learnt. */
export const printOf = (masterKey: Buffer): string =>
  createHmac('sha256', masterKey).update('filament backup print').digest('hex').slice(0, 16);

export const manifestText = (body: Manifest, key: Buffer): string =>
  `${JSON.stringify({ body, mac: macOf(body, key).toString('hex') }, null, 2)}\n`;

/** Reads a manifest, without a key unchecked. Throws BackupDamaged. */
export const readManifest = async (folder: string, key: Buffer | null): Promise<Manifest> => {
  const text = await readFile(path.join(folder, MANIFEST_FILE), 'utf8').catch(() => null);
  if (text === null) throw new BackupDamaged(`${folder} is no backup: it has no ${MANIFEST_FILE}.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BackupDamaged(`${MANIFEST_FILE} is damaged.`);
  }
  const decoded = Signed.decode(value);
  if (isLeft(decoded))
    throw new BackupDamaged(`${MANIFEST_FILE} is damaged, or of a newer program.`);
  const { body, mac } = decoded.right;
  if (key !== null) {
    const [given, expected] = [Buffer.from(mac, 'hex'), macOf(body, key)];
    if (given.length !== expected.length || !timingSafeEqual(given, expected))
      throw new BackupDamaged(`${MANIFEST_FILE} was altered, or the key is another one.`);
  }
  return body;
};
