import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { events } from './testing/harness.ts';
import { sessionId, userId } from './testing/samples.ts';

import { createGatewayStage, typesOf } from './testing/gateway-stage.ts';

const stage = createGatewayStage();
const { open } = stage;
afterEach(stage.close);

describe('a socket over time', () => {
  beforeEach(() =>
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }),
  );
  afterEach(() => jest.useRealTimers());

  it('drops a peer that is silent for two heartbeats, and keeps one that answers', async () => {
    const { connect, counts } = await open([1, 2]);
    const dead = await connect(1);
    const alive = await connect(2);
    await jest.advanceTimersByTimeAsync(31_000);
    alive.pong();
    await jest.advanceTimersByTimeAsync(28_000);
    expect(dead.ended()).toBeNull();
    await jest.advanceTimersByTimeAsync(2_000);
    expect(dead.ended()?.code).toBe(1006);
    expect(alive.ended()).toBeNull();
    expect(alive.pings()).toBe(3);
    expect(counts['disconnect connection_closed']).toBe(1);
  });

  it('ends a socket within a second of its session expiring, unless a refresh moved the end', async () => {
    const { connect, sessions } = await open([1, 2]);
    const soon = (Date.now() + 10_000) as Timestamp;
    for (const session of [1, 2]) {
      sessions.start(userId(session), sessionId(session));
      sessions.change(sessionId(session), { expiresAt: soon });
    }
    const expiring = await connect(1);
    const refreshed = await connect(2);
    sessions.change(sessionId(2), { expiresAt: (soon + 20_000) as Timestamp });
    await jest.advanceTimersByTimeAsync(9_900);
    expect(expiring.ended()).toBeNull();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(expiring.ended()).toEqual({ code: 1008, reason: 'session_ended' });
    expect(refreshed.ended()).toBeNull();
    await jest.advanceTimersByTimeAsync(20_000);
    expect(refreshed.ended()?.code).toBe(1008);
  });

  it('closes a slow consumer with 1008 and leaves the others alone', async () => {
    const { listener, happen, counts } = await open([1, 2], {
      limits: { gatewayOutboundBytesMax: 10_000 },
    });
    const slow = await listener(1);
    const quick = await listener(2);
    slow.stopReading();
    for (let index = 0; index < 20; index += 1)
      await happen(events.posted(index, 1, 'x'.repeat(1_000)));
    await jest.advanceTimersByTimeAsync(200);
    expect(slow.ended()).toEqual({ code: 1008, reason: 'slow_consumer' });
    expect(counts['disconnect slow_consumer']).toBe(1);
    expect(typesOf(quick).filter((t) => t === 'message_create')).toHaveLength(20);
  });
});
