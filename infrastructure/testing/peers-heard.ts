// When processes of one database know of each other.
import { until } from './test-site.ts';

const heardBy = async (baseUrl: string): Promise<number> => {
  const text = await (await fetch(`${baseUrl}/metrics`)).text();
  return Number(/^filament_peers (\d+)$/m.exec(text)?.[1]);
};

/** Resolves when each of these processes hears exactly the others. */
export const untilTheyMeet = (baseUrls: readonly string[]): Promise<void> =>
  until('the processes hear each other', async () =>
    (await Promise.all(baseUrls.map(heardBy))).every((count) => count === baseUrls.length - 1),
  );
