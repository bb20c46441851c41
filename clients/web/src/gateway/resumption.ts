// Where this visit has got to in the log, over any number of sockets: what was missed is asked for, and when it can't be
// had everything is begun afresh. Servers that know no places are served as ever.
import { type ServerFrame } from '../../../../application/contract/gateway-frames.ts';

/** After so long away a summary is asked for: what is on the screen is read anew, and counts tell of the rest. */
export const SUMMARY_AFTER_MS = 6 * 3_600_000;

type Place = { readonly guildId: string; readonly channelId: string };
type Known = { readonly installationId: string; readonly position: string };

/** The channels that the server said are subscribed and did not take back. */
const createHeard = (self: string) => {
  const heard = new Map<string, Place>();
  return {
    follow: (frame: ServerFrame): void => {
      if (frame.t === 'subscribed') {
        const { guild_id: guildId, channel_id: channelId } = frame.d;
        heard.set(channelId, { guildId, channelId });
      } else if (frame.t === 'unsubscribed') heard.delete(frame.d.channel_id);
      else if (frame.t === 'workspace_member_remove' && frame.d.user_id === self)
        for (const { guildId, channelId } of [...heard.values()])
          if (guildId === frame.d.guild_id) heard.delete(channelId);
    },
    clear: () => heard.clear(),
    ids: (): ReadonlySet<string> => new Set(heard.keys()),
    byGuild: () => {
      const byGuild = new Map<string, string[]>();
      for (const { guildId, channelId } of heard.values())
        byGuild.set(guildId, [...(byGuild.get(guildId) ?? []), channelId]);
      return [...byGuild].map(([guild_id, channel_ids]) => ({ guild_id, channel_ids }));
    },
  };
};

type Ports = {
  readonly send: (frame: { readonly t: string; readonly d: unknown }) => boolean;
  readonly self: string;
  readonly now: () => number;
  /** Nothing is subscribed. `isFirst`: nothing was ever shown either; else what is shown may be out of date. */
  readonly onFresh: (isFirst: boolean) => void;
  /** These channels are subscribed again; after a summary what is shown may be out of date. */
  readonly onResumed: (channelIds: ReadonlySet<string>, missed: 'replay' | 'summary') => void;
};

export const createResumption = ({ send, self, now, onFresh, onResumed }: Ports) => {
  let known: Known | null = null;
  let hasBegun = false;
  let heardAt = 0;
  // Of a summary, nothing before it is known until its end: cut short, it is asked from the same place again.
  let awaitsSummary = false;
  const heard = createHeard(self);

  const startAfresh = (position: string | undefined, installationId: string | undefined) => {
    const isFirst = !hasBegun;
    hasBegun = true;
    awaitsSummary = false;
    heard.clear();
    known =
      position === undefined || installationId === undefined ? null : { position, installationId };
    onFresh(isFirst);
  };
  const askForMissed = ({ installationId, position }: Known) => {
    const missed = now() - heardAt > SUMMARY_AFTER_MS ? 'summary' : 'replay';
    awaitsSummary = missed === 'summary';
    const d = { installation_id: installationId, position, subscriptions: heard.byGuild(), missed };
    send({ t: 'resume', d });
  };
  const followConnection = (frame: ServerFrame): void => {
    if (frame.t === 'ready') {
      if (known !== null && frame.d.installation_id !== undefined) askForMissed(known);
      else startAfresh(frame.d.position, frame.d.installation_id);
    } else if (frame.t === 'resumed') {
      awaitsSummary = false;
      if (known !== null) known = { ...known, position: frame.d.position };
      onResumed(heard.ids(), frame.d.missed);
    } else if (frame.t === 'resume_refused') {
      // Of another installation its id is only told by `ready`: the next socket learns it, since nothing is known now.
      const isElsewhere = frame.d.reason === 'unknown_installation';
      startAfresh(frame.d.position, isElsewhere ? undefined : known?.installationId);
    } else heard.follow(frame);
  };

  return {
    /** What the next socket's address says of it. */
    query: (): string => `places=${known === null ? '1' : 'resume'}`,
    /** To be called with each frame after everything else has handled it. */
    handled: (frame: ServerFrame): void => {
      heardAt = frame.t === 'ready' ? heardAt : now();
      if (frame.s !== undefined && known !== null && !awaitsSummary)
        known = { ...known, position: frame.s };
      followConnection(frame);
    },
  };
};
