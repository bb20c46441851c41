import { createReadPosition } from './read-position.ts';
import { positionNo } from './testing/event-feed.ts';

describe('the read position', () => {
  const start = positionNo(5);

  it('is there at once for what is reached', async () => {
    const position = createReadPosition({ start });
    expect(position.current()).toBe(start);
    expect(await position.waitFor(start, 0)).toBe(true);
  });

  it('lets those go whose position is reached, and only those', async () => {
    const position = createReadPosition({ start });
    const near = position.waitFor(positionNo(6), 60_000);
    const far = position.waitFor(positionNo(8), 60_000);
    let farDone = false;
    const farther = far.then(() => (farDone = true));
    position.advance(positionNo(7));
    expect(await near).toBe(true);
    expect(farDone).toBe(false);
    position.advance(positionNo(8));
    await farther;
    expect(await far).toBe(true);
  });

  it('never goes back', () => {
    const position = createReadPosition({ start });
    position.advance(positionNo(3));
    expect(position.current()).toBe(start);
  });

  it('says no after the time is up', async () => {
    const position = createReadPosition({ start });
    expect(await position.waitFor(positionNo(9), 1)).toBe(false);
  });

  it('turns away who would wait when too many do', async () => {
    const position = createReadPosition({ start, waitersMax: 1 });
    const first = position.waitFor(positionNo(6), 60_000);
    expect(await position.waitFor(positionNo(6), 60_000)).toBe(false);
    position.advance(positionNo(6));
    expect(await first).toBe(true);
  });
});
