import { type VaultWrite } from '../../application/event-store/event-log.ts';

/** A vault write as the database function log.write_vault reads it: JSON, bytes in hex. */
export const vaultWriteText = (write: VaultWrite): string =>
  JSON.stringify(
    write.kind === 'session' ? { ...write, refreshHash: write.refreshHash.toString('hex') } : write,
  );
