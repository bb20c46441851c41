// Recovery after a crash begins with everything that was written being on disk. One call for the whole file system sees to
// that in milliseconds; by default PostgreSQL opens and syncs its some 1,500 files one by one, which takes seconds.

const FAITHFUL_SINCE = [5, 8] as const;

/** Whether that call exists and reports what could not be written, as that of Linux does since 5.8. */
export const hasFaithfulSyncfs = (platform: NodeJS.Platform, kernel: string): boolean => {
  const [major = 0, minor = 0] = kernel.split('.').map((part) => Number.parseInt(part, 10));
  const [majorMin, minorMin] = FAITHFUL_SINCE;
  return platform === 'linux' && (major > majorMin || (major === majorMin && minor >= minorMin));
};
