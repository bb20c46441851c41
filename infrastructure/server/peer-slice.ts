// What this process shares with the others of its database while it serves: who is online, and repeated reactions.
import { startPeers, type Peers } from '../peers/peers.ts';
import { createRepeatSeal } from '../peers/sealed-repeat.ts';
import { type Gateway } from '../gateway/gateway.ts';
import { type Foundation } from './foundation.ts';
import { type RepeatedReactions } from './repeated-reactions.ts';

export const startPeerSlice = (
  { databaseUrl, dataKeys }: Pick<Foundation, 'databaseUrl' | 'dataKeys'>,
  repeats: RepeatedReactions,
): Pick<Peers, 'presence' | 'count' | 'close'> & {
  readonly toldBy: (gateway: Gateway) => void;
} => {
  const { seal, open } = createRepeatSeal(dataKeys);
  const peers = startPeers({
    url: databaseUrl,
    onRepeat: (sealed) => repeats.tellOfElsewhere(() => open(sealed)),
  });
  return {
    ...peers,
    toldBy: (gateway) => {
      peers.toldBy(gateway.tellPresence);
      repeats.toldBy(gateway.repeatReaction, async (repeat) => {
        if (peers.count() === 0) return; // Nobody to seal it for.
        const sealed = await seal(repeat);
        if (sealed !== null) await peers.sayRepeat(sealed);
      });
    },
  };
};
