import { setTimeout as delay } from 'node:timers/promises';
import { guildNo, userNo } from '../../domain/shared/testing/samples.ts';
import { PEOPLE_PER_NOTICE_MAX, type PeerNotice, type PresenceNotice } from './peer-notices.ts';
import { createPresenceSpeaker } from './presence-speaker.ts';

const who = (n: number) => ({ guildId: guildNo(1), userId: userNo(n) });
const pair = (n: number) => [guildNo(1), userNo(n)];
const LOOKS_MAX = 5_000;

const open = ({ people = 0, shiftsMax = 10 } = {}) => {
  const posted: PresenceNotice[] = [];
  let isAway = false;
  let held: Promise<void> | null = null;
  const speaker = createPresenceSpeaker({
    me: 'me',
    post: async (notice: PeerNotice) => {
      posted.push(notice as PresenceNotice);
      await held;
      return !isAway;
    },
    own: () => Array.from({ length: people }, (_, n) => who(n)),
    shiftsMax,
    gatherMs: 0,
  });
  return {
    ...speaker,
    posted,
    until: async (count: number) => {
      for (let looks = 0; posted.length < count; looks += 1) {
        if (looks > LOOKS_MAX) throw new Error(`Only ${posted.length} were posted.`);
        await delay(1);
      }
    },
    goAway: (away: boolean) => void (isAway = away),
    hold: () => {
      let letGo = () => {};
      held = new Promise((resolve) => (letGo = resolve));
      return () => {
        held = null;
        letGo();
      };
    },
  };
};

it('says together what comes together, of each person the latest', async () => {
  const { shifted, posted, until } = open();
  shifted(who(1), true);
  shifted(who(2), true);
  shifted(who(1), false);
  await until(1);
  expect(posted).toEqual([
    { from: 'me', kind: 'presence', online: [pair(2)], offline: [pair(1)], all: null },
  ]);
});

it('says what comes while it speaks afterwards, and of all only once', async () => {
  const { shifted, sayAll, posted, until, hold } = open({ people: 1 });
  const letGo = hold();
  sayAll();
  await until(1);
  shifted(who(2), true);
  sayAll();
  sayAll();
  shifted(who(3), true);
  letGo();
  await until(2);
  shifted(who(4), true);
  await until(3);
  expect(posted.map(({ all, online }) => [all, online])).toEqual([
    ['whole', [pair(0)]],
    ['whole', [pair(0)]], // With 2 and 3, had they sockets
    [null, [pair(4)]],
  ]);
});

it('says all instead when more wait than may', async () => {
  const { shifted, posted, until } = open({ shiftsMax: 2 });
  for (const n of [1, 2, 1]) shifted(who(n), true);
  await until(1);
  expect(posted[0]!.all).toBeNull();
  for (const n of [1, 2, 3]) shifted(who(n), true);
  await until(2);
  expect(posted[1]!.all).toBe('whole');
});

it('says nothing more of a telling that was lost in part, and all of the next', async () => {
  const { sayAll, posted, until, goAway } = open({ people: PEOPLE_PER_NOTICE_MAX + 1 });
  goAway(true);
  sayAll();
  await until(1);
  goAway(false);
  sayAll();
  await until(3);
  expect(posted.map(({ all }) => all)).toEqual(['begins', 'begins', 'ends']);
});
