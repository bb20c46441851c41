/** What one look found; `next` is what to do about it, absent when all is well. */
export type Finding = {
  readonly about: string;
  readonly outcome: 'ok' | 'warning' | 'failed';
  readonly found: string;
  readonly next?: string;
};

export const ok = (about: string, found: string): Finding => ({ about, outcome: 'ok', found });
export const warning = (about: string, found: string, next: string): Finding => ({
  ...{ about, outcome: 'warning', found, next },
});
export const failed = (about: string, found: string, next: string): Finding => ({
  ...{ about, outcome: 'failed', found, next },
});

/** One look; whatever it throws is a finding too, so that one broken part hides no other. */
export const look = async (
  about: string,
  work: () => Promise<Finding | readonly Finding[]>,
): Promise<readonly Finding[]> => {
  try {
    const found = await work();
    return 'about' in found ? [found] : found;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [failed(about, reason, 'Mend that and run `filament doctor` again.')];
  }
};
