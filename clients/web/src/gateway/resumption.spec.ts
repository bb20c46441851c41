import { type ServerFrame } from '../../../../application/contract/gateway-frames.ts';
import { decodeFrame } from './connection.ts';
import { createResumption, SUMMARY_AFTER_MS } from './resumption.ts';

const USER = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const GUILD = '01ARZ3NDEKTSV4RRFFQ69G5FAW';
const CHANNEL = '01ARZ3NDEKTSV4RRFFQ69G5FAX';
const OTHER = '01ARZ3NDEKTSV4RRFFQ69G5FAY';

const frame = (t: string, d: object, s?: string): ServerFrame => {
  const decoded = decodeFrame(JSON.stringify({ v: 1, t, d, ...(s !== undefined && { s }) }));
  if (decoded === null) throw new Error(`not in the contract: ${t}`);
  return decoded;
};
const ready = (position: string) =>
  frame('ready', { user_id: USER, installation_id: 'here', position });
const subscribed = (channel_id: string) => frame('subscribed', { guild_id: GUILD, channel_id });
const deleted = (s: string) =>
  frame(
    'message_delete',
    { guild_id: GUILD, channel_id: CHANNEL, message_id: OTHER, deleted_at_unix: 1 },
    s,
  );
const removed = (user_id: string) =>
  frame('workspace_member_remove', {
    guild_id: GUILD,
    user_id,
    reason: 'kick',
    removed_at_unix: 1,
  });

const setUp = () => {
  const sent: { readonly t: string; readonly d: unknown }[] = [];
  const calls: unknown[] = [];
  let time = 0;
  const resumption = createResumption({
    send: (asked) => sent.push(asked) > 0,
    self: USER,
    now: () => time,
    onFresh: (isFirst) => calls.push(['fresh', isFirst]),
    onResumed: (channels, missed) => calls.push(['resumed', [...channels], missed]),
  });
  const hear = (...frames: readonly ServerFrame[]) => {
    for (const each of frames) resumption.handled(each);
  };
  const pass = (ms: number) => {
    time += ms;
  };
  return { resumption, sent, calls, hear, pass };
};

describe('resumption', () => {
  it('goes back to where it was when a summary is cut short', () => {
    const { sent, hear, pass } = setUp();
    hear(ready('p1'), subscribed(CHANNEL), deleted('p2'));
    pass(SUMMARY_AFTER_MS + 1);
    hear(ready('p8'), deleted('p7')); // Held while the summary was made, and told at its end.
    hear(ready('p9'));
    expect(sent).toMatchObject([
      { d: { position: 'p2', missed: 'summary' } },
      { d: { position: 'p2', missed: 'replay' } },
    ]);
    hear(deleted('p3'), ready('p9'));
    expect(sent[2]).toMatchObject({ d: { position: 'p3' } });
  });

  it('begins afresh once, then asks for what it missed since the last frame it handled', () => {
    const { resumption, sent, calls, hear } = setUp();
    expect(resumption.query()).toBe('places=1');
    hear(ready('p1'), subscribed(CHANNEL), subscribed(OTHER), deleted('p2'), deleted('p3'));
    expect(calls).toEqual([['fresh', true]]);
    expect(resumption.query()).toBe('places=resume');
    hear(ready('p9'));
    expect(sent).toEqual([
      {
        t: 'resume',
        d: {
          installation_id: 'here',
          position: 'p3',
          subscriptions: [{ guild_id: GUILD, channel_ids: [CHANNEL, OTHER] }],
          missed: 'replay',
        },
      },
    ]);
    hear(deleted('p4'), frame('resumed', { position: 'p9', missed: 'replay', replayed: 1 }));
    expect(calls).toEqual([
      ['fresh', true],
      ['resumed', [CHANNEL, OTHER], 'replay'],
    ]);
    hear(ready('p9'));
    expect(sent[1]).toMatchObject({ d: { position: 'p9' } });
  });

  it('goes on from the frames of a resume that broke off', () => {
    const { sent, hear } = setUp();
    hear(ready('p1'), subscribed(CHANNEL), ready('p9'), deleted('p4'), ready('p9'));
    expect(sent[1]).toMatchObject({ d: { position: 'p4' } });
  });

  it('names only the channels it still hears', () => {
    const { sent, hear } = setUp();
    hear(ready('p1'), subscribed(CHANNEL), subscribed(OTHER));
    hear(
      frame('unsubscribed', { guild_id: GUILD, channel_id: OTHER }),
      removed(OTHER),
      ready('p9'),
    );
    expect(sent[0]).toMatchObject({ d: { subscriptions: [{ channel_ids: [CHANNEL] }] } });
    hear(removed(USER), ready('p9'));
    expect(sent[1]).toMatchObject({ d: { subscriptions: [] } });
  });

  it('asks for a summary after a long time', () => {
    const { sent, hear, pass } = setUp();
    hear(ready('p1'), subscribed(CHANNEL));
    pass(SUMMARY_AFTER_MS + 1);
    hear(ready('p9'));
    expect(sent[0]).toMatchObject({ d: { missed: 'summary' } });
  });

  it('begins afresh when it is refused, and from there the next time', () => {
    const { sent, calls, hear } = setUp();
    hear(ready('p1'), subscribed(CHANNEL), ready('p9'));
    hear(frame('resume_refused', { reason: 'position_unknown', position: 'p8' }));
    expect(calls).toEqual([
      ['fresh', true],
      ['fresh', false],
    ]);
    hear(ready('p9'));
    expect(sent[1]).toMatchObject({ d: { position: 'p8', subscriptions: [] } });
  });

  it('learns the id of another installation from its next socket', () => {
    const { resumption, hear } = setUp();
    hear(ready('p1'), frame('resume_refused', { reason: 'unknown_installation', position: 'p8' }));
    expect(resumption.query()).toBe('places=1');
  });

  it('begins afresh each time with a server that knows no places', () => {
    const { calls, sent, hear } = setUp();
    hear(frame('ready', { user_id: USER }), frame('ready', { user_id: USER }));
    expect(sent).toEqual([]);
    expect(calls).toEqual([
      ['fresh', true],
      ['fresh', false],
    ]);
  });
});
