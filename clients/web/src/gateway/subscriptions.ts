// Which channels this socket listens to. Asked for a few at a time: the server counts what a connection sends.
type Place = { readonly guildId: string; readonly channelId: string };

const BURST = 25;
const PAUSE_MS = 6_000;
export const SUBSCRIPTIONS_MAX = 200;

/** Keeps the wanted channels subscribed, over any number of sockets. */
export const createSubscriptions = ({
  send,
}: {
  readonly send: (frame: { readonly t: string; readonly d: unknown }) => boolean;
}) => {
  const wanted = new Map<string, Place>();
  let queue: Place[] = [];
  let credit = BURST;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const pump = () => {
    while (credit > 0) {
      const next = queue[0];
      if (next === undefined) break;
      const sent = send({
        t: 'subscribe',
        d: { guild_id: next.guildId, channel_id: next.channelId },
      });
      if (!sent) return; // Offline: `restart` asks for everything again.
      queue.shift();
      credit -= 1;
    }
    if (credit < BURST && timer === undefined)
      timer = setTimeout(() => {
        timer = undefined;
        credit = BURST;
        pump();
      }, PAUSE_MS);
  };

  return {
    /** Adds channels; those already wanted are not asked for twice. */
    want: (places: readonly Place[]) => {
      const fresh = places.filter(({ channelId }) => !wanted.has(channelId));
      for (const place of fresh.slice(0, SUBSCRIPTIONS_MAX - wanted.size)) {
        wanted.set(place.channelId, place);
        queue.push(place);
      }
      pump();
    },
    /** A new socket knows nothing: asks for all again, `first` before the others. */
    restart: (first: Place | null) => {
      const others = [...wanted.values()].filter(({ channelId }) => channelId !== first?.channelId);
      queue = first === null ? others : [first, ...others];
      clearTimeout(timer);
      timer = undefined;
      credit = BURST;
      pump();
    },
    /** The new socket hears these already: asks for the others. */
    resume: (heard: ReadonlySet<string>) => {
      queue = [...wanted.values()].filter(({ channelId }) => !heard.has(channelId));
      clearTimeout(timer);
      timer = undefined;
      credit = BURST;
      pump();
    },
    stop: () => {
      clearTimeout(timer);
      queue = [];
    },
  };
};
