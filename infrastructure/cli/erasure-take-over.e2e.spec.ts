// An erasure that waits for the process that projects is finished by the one that takes over, at once.
import { clientOf, settle, signUp } from '../testing/people.ts';
import { createTestSite, GENEROUS, runFilament, until } from '../testing/test-site.ts';

jest.setTimeout(120_000);

const site = createTestSite('erasure-take-over');
afterAll(site.cleanUp);

it('finishes an erasure when the process that projects is gone', async () => {
  const data = site.newDataDirectory();
  const run = (...args: readonly string[]) => runFilament(args, { FILAMENT_DATA_DIR: data });
  const projecting = await site.start(data, GENEROUS);
  const following = await site.start(data, GENEROUS);
  const api = clientOf(site, following);
  const owner = await signUp(api, 'owner');
  const mary = await signUp(api, 'mary_s');
  const { guildId, channelId } = await settle(api, owner);
  await api.joinGuild(mary.token, guildId);
  await api.post(mary.token, guildId, channelId, 'of mary');
  const receipts = () => run('erasure', 'list', '--user', mary.userId, '--json');
  // While it hangs the read models can't follow, and without that there is no receipt.
  process.kill(projecting.pid, 'SIGSTOP');
  const erasing = await run('account', 'erase', mary.userId, '--yes', '--wait', '0');
  expect([erasing.code, erasing.output]).toEqual([
    3,
    expect.stringContaining('All keys are destroyed'),
  ]);
  expect((await receipts()).output).not.toContain('"message":1');
  await projecting.kill();
  await until('there is a receipt', async () => (await receipts()).output.includes('"message":1'));
  expect(following.output()).toContain('projection.taken_over');
  expect(following.output()).toContain('account.erased');
});
