import fc from 'fast-check';
import { MESSAGES_MAX, planCommunity, SEED_MAX } from './plan.ts';

const plans = fc.tuple(fc.nat(SEED_MAX), fc.nat(300));

it('is the same for the same seed, and another for another', () => {
  expect(planCommunity(7, 100)).toEqual(planCommunity(7, 100));
  expect(planCommunity(7, 100)).not.toEqual(planCommunity(8, 100));
});

it('says exactly as many messages as are asked for', () =>
  fc.assert(
    fc.property(plans, ([seed, messages]) => {
      const posts = planCommunity(seed, messages).guilds.flatMap(({ channels }) =>
        channels.flatMap((channel) => channel.posts),
      );
      expect(posts).toHaveLength(messages);
      for (const { content } of posts) expect(content).toMatch(/^[^{}]+$/);
    }),
  ));

it('lets only those speak and react who may see the channel, each under a name of their own', () =>
  fc.assert(
    fc.property(plans, ([seed, messages]) => {
      const { people, guilds } = planCommunity(seed, messages);
      expect(new Set(people).size).toBe(people.length);
      for (const { owner, members, roles, channels } of guilds)
        for (const { onlyRole, posts } of channels) {
          const role = roles.find(({ name }) => name === onlyRole);
          const seers = new Set([owner, ...(onlyRole === null ? members : (role?.holders ?? []))]);
          for (const { author, reactions } of posts)
            for (const name of [author, ...reactions.map(({ by }) => by)])
              expect(seers).toContain(name);
        }
    }),
  ));

it('plans the most there may be', () => {
  const { guilds } = planCommunity(1, MESSAGES_MAX);
  const counts = guilds.flatMap(({ channels }) => channels.map(({ posts }) => posts.length));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(MESSAGES_MAX);
});
