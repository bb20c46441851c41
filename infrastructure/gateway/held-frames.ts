// What a socket that is catching up would have been told meanwhile: kept in order until it has caught up, so that nothing
// falls between the past and the present. Bounded: past that it is let go, and the past is read further instead.
import { type ChannelId, type GuildId } from '../../domain/shared/ids.ts';

export const HELD_FRAMES_MAX = 1_000;
export const HELD_BYTES_MAX = 256 * 1024;

/** Whom a frame was for: subscribers of a channel, of a guild, or these people by name. */
export type HeldFor =
  | { readonly channelId: ChannelId; readonly guildId?: undefined }
  | { readonly guildId: GuildId; readonly channelId?: undefined }
  | 'named';

type Held = { readonly text: string; readonly to: HeldFor };

export type HeldFrames = {
  readonly hold: (text: string, to: HeldFor) => void;
  /** Whether frames were let go: what is held says nothing then. */
  readonly hasOverflowed: () => boolean;
  readonly all: () => readonly Held[];
  /** Empties it, to begin again from the present moment. */
  readonly clear: () => void;
};

export const createHeldFrames = (): HeldFrames => {
  let frames: Held[] = [];
  let bytes = 0;
  let overflowed = false;
  return {
    hold: (text, to) => {
      if (overflowed) return;
      bytes += Buffer.byteLength(text);
      if (frames.length >= HELD_FRAMES_MAX || bytes > HELD_BYTES_MAX) {
        overflowed = true;
        frames = [];
      } else frames.push({ text, to });
    },
    hasOverflowed: () => overflowed,
    all: () => frames,
    clear: () => {
      frames = [];
      bytes = 0;
      overflowed = false;
    },
  };
};
