/** A backup that is not what was written, or not for this key; the message says which part and why. */
export class BackupDamaged extends Error {
  override readonly name = 'BackupDamaged';
}
