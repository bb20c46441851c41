// Writes what one socket is told of the past: many frames in few system calls, and few enough that others wait little.
import { type GatewayScope, type Metrics } from '../../application/metrics.ts';
import { type Connection } from './connection.ts';
import { type Frame, type PlacedFrame, type Serialised } from './frame-text.ts';
import { type SlowConsumers } from './slow-consumers.ts';

// What one socket is written in one turn of the event loop.
const BURST_BYTES = 64 * 1024;

export type Burst = (
  connection: Connection,
  changes: Iterator<readonly PlacedFrame[], void>,
) => boolean;

/** Makes a Burst; see Outbox.burst. */
export const createBurst = ({
  textOf,
  onFull,
  flush,
  metrics,
  slowConsumers,
  outboundBytesMax,
}: {
  readonly textOf: (scope: GatewayScope, frame: Frame, place?: string) => Serialised | null;
  readonly onFull: (connection: Connection, scope: GatewayScope, frame: Frame) => void;
  readonly flush: () => void;
  readonly metrics: Metrics;
  readonly slowConsumers: SlowConsumers;
  readonly outboundBytesMax: number;
}): Burst => {
  const bytesMax = Math.min(BURST_BYTES, outboundBytesMax / 8);

  const write = (connection: Connection, frames: readonly Frame[], texts: readonly string[]) => {
    const last = frames.at(-1);
    if (last === undefined) return;
    if (connection.socket.sendAll(texts) === 'dropped') {
      onFull(connection, 'connection', last);
      return;
    }
    const told = new Map<string, number>();
    for (const { t } of frames) told.set(t, (told.get(t) ?? 0) + 1);
    for (const [type, count] of told) metrics.gatewayEmitted('connection', type, count);
  };

  return (connection, changes) => {
    if (connection.isClosed) return false;
    flush();
    const frames: Frame[] = [];
    const texts: string[] = [];
    let bytes = 0;
    let next = changes.next();
    for (; next.done !== true; next = changes.next()) {
      for (const { frame, place } of next.value) {
        const serialised = textOf('connection', frame, place);
        if (serialised === null) continue;
        frames.push(frame);
        texts.push(serialised.text);
        bytes += serialised.bytes;
      }
      if (bytes >= bytesMax) break;
    }
    write(connection, frames, texts);
    slowConsumers.wrote(bytes);
    return next.done !== true;
  };
};
