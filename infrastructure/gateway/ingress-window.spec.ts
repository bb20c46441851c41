import fc from 'fast-check';
import { createIngressWindow } from './ingress-window.ts';

describe('ingress window', () => {
  it('admits the 60th and refuses the 61st within the window', () => {
    const window = createIngressWindow({ eventsMax: 60, windowMs: 10_000 });
    for (let index = 0; index < 60; index += 1) expect(window.admit(index)).toBe(true);
    expect(window.admit(9_999)).toBe(false);
    expect(window.admit(10_000)).toBe(true);
    expect(window.admit(10_000)).toBe(false);
    expect(window.admit(10_001)).toBe(true);
  });

  it('never admits more than the limit in any window, and refuses only then', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 100 }),
        fc.integer({ min: 1, max: 5 }),
        (gaps, eventsMax) => {
          const window = createIngressWindow({ eventsMax, windowMs: 100 });
          const admitted: number[] = [];
          let now = 0;
          for (const gap of gaps) {
            now += gap;
            const recent = admitted.filter((at) => now - at < 100).length;
            expect(window.admit(now)).toBe(recent < eventsMax);
            if (recent < eventsMax) admitted.push(now);
          }
        },
      ),
    );
  });
});
