const SHOWN_MS = 5_000;
const NOTICES_MAX = 4;

export type Notice = { readonly id: number; readonly words: string };

/** Short messages about what just happened; also read out by screen readers. */
export const createNotices = () => {
  let shown = $state.raw<readonly Notice[]>([]);
  let last = 0;
  const dismiss = (id: number) => {
    shown = shown.filter((notice) => notice.id !== id);
  };
  return {
    get shown() {
      return shown;
    },
    say: (words: string) => {
      const id = (last += 1);
      shown = [...shown, { id, words }].slice(-NOTICES_MAX);
      setTimeout(() => dismiss(id), SHOWN_MS);
    },
    dismiss,
  };
};

export type Notices = ReturnType<typeof createNotices>;
