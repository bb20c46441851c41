// What frame codecs are made of.
import * as t from 'io-ts';
import { UserId } from '../../domain/shared/ids.ts';

export const GATEWAY_VERSION = 1;

/** An object whose `partial` keys may be absent. */
export const optional = <R extends t.Props, O extends t.Props>(required: R, partial: O) =>
  t.exact(t.intersection([t.type(required), t.partial(partial)]));

/**
 * The codec of a frame: `{ v: 1, t: name, d: data }`, and `s` for those who asked for places: after this frame everything
 * up to that place was told (see resume-frames.ts).
 */
export const frame = <T extends string, D extends t.Mixed>(name: T, data: D) =>
  optional({ v: t.literal(GATEWAY_VERSION), t: t.literal(name), d: data }, { s: t.string });

/** Who did it. */
export const actor = { actor_user_id: UserId };
