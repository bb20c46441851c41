// Tables of PostgreSQL as COPY text, which any version reads: out of one snapshot, and into empty tables.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as t from 'io-ts';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { type Connection, queryRows } from '../postgres/database.ts';
import { BackupDamaged } from './backup-damaged.ts';
import { type OutgoingSection } from './part-stream.ts';

export type Table = { readonly name: string; readonly key: string };

export const EVENTS: Table = { name: 'log.events', key: 'position' };
/**
 * Sessions, their tokens and reservations of requests are left out: what was revoked after a backup must not be valid
 * again, so everyone signs in anew after a restore.
 */
export const VAULT_TABLES: readonly Table[] = [
  { name: 'vault.data_keys', key: 'scope' },
  { name: 'vault.passwords', key: 'user_id' },
  { name: 'vault.ip_observations', key: 'user_id, address_key' },
  { name: 'vault.ip_bans', key: 'ban_id' },
];
export const DESTROYED: Table = { name: 'vault.destroyed_keys', key: 'scope' };
const KNOWN = [EVENTS, ...VAULT_TABLES, DESTROYED];

const Column = t.type({ name: t.string });

const columnsOf = async (connection: Connection, { name }: Table): Promise<readonly string[]> => {
  const rows = await queryRows(
    connection,
    Column,
    `SELECT attname::text AS name FROM pg_attribute
      WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
      ORDER BY attnum`,
    [name],
  );
  return rows.map((row) => row.name);
};

const listed = (columns: readonly string[]): string =>
  columns.map((column) => pg.escapeIdentifier(column)).join(', ');

/** A table as the connection's transaction sees it. */
export const tableSection = async (
  connection: Connection,
  table: Table,
): Promise<OutgoingSection> => {
  const columns = await columnsOf(connection, table);
  const query = `SELECT ${listed(columns)} FROM ${table.name} ORDER BY ${table.key}`;
  return {
    section: { kind: 'table', name: table.name, columns },
    bytes: connection.query(copyTo(`COPY (${query}) TO STDOUT`)),
  };
};

/** Fills a table that a backup names with its rows, in the connection's transaction. */
export const loadTable = async (
  connection: Connection,
  { name, columns }: { readonly name: string; readonly columns: readonly string[] },
  bytes: AsyncIterable<Buffer>,
  into: string = name, // Another table of the same columns
): Promise<void> => {
  if (!KNOWN.some((table) => table.name === name))
    throw new BackupDamaged(`There is no table ${name} to restore.`);
  await pipeline(
    Readable.from(bytes, { objectMode: false }),
    connection.query(copyFrom(`COPY ${into} (${listed(columns)}) FROM STDIN`)),
  );
};
