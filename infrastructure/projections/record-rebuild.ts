import type * as t from 'io-ts';
import { type Clock } from '../../application/ports.ts';
import { recordAct } from './record-act.ts';
import { type Rebuilt } from './rebuild.ts';

/** Has the log tell that somebody had a projection rebuilt. */
export const recordRebuild = async (
  { clock, ...ports }: { readonly clock: Clock } & Parameters<typeof recordAct>[0],
  actor: string,
  { name: projection, version, events }: Rebuilt,
): Promise<void> => {
  const counted = { version: version as t.Int, events: events as t.Int };
  const data = { projection, ...counted, at: clock.now() };
  await recordAct(ports, actor, { type: 'ProjectionRebuilt', data });
};
