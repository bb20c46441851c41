import { type Position } from '../../application/event-store/event-log.ts';
import { progressOf } from './rebuild-progress.ts';
import { positionNo } from './testing/event-feed.ts';

describe('the progress of a rebuild', () => {
  const phase = 'replay';

  it('counts events where positions do', () => {
    const at = positionNo(250);
    const head = positionNo(1_000);
    expect(progressOf({ phase, done: 250, at, head, elapsedMs: 500 })).toEqual({
      phase,
      done: 250,
      total: 1_000,
      ratePerSecond: 500,
      etaSeconds: 2,
    });
  });

  it('estimates by proportion where positions are offsets', () => {
    const offset = (n: number) => String(n).padStart(20, '0').repeat(2) as Position;
    const progress = progressOf({
      phase,
      done: 10,
      at: offset(5_000),
      head: offset(20_000),
      elapsedMs: 1_000,
    });
    expect(progress).toMatchObject({ done: 10, total: 40, etaSeconds: 3 });
  });

  it('knows nothing before the first event, and has nothing to do on an empty log', () => {
    const at = positionNo(0);
    expect(progressOf({ phase, done: 0, at, head: positionNo(9), elapsedMs: 0 })).toMatchObject({
      etaSeconds: null,
      ratePerSecond: 0,
    });
  });
});
