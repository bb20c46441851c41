import { left, right } from 'fp-ts/lib/Either.js';
import { type Send } from '../api/http.ts';
import { createSessionStore } from './stored-session.ts';
import { createTokenKeeper, type Exclusively } from './token-keeper.ts';

const memory = () => {
  const items = new Map<string, string>();
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  };
};

const createLock = (): Exclusively => {
  let last: Promise<unknown> = Promise.resolve();
  return (_name, work) => {
    const next = last.then(work);
    last = next.catch(() => {});
    return next;
  };
};

/** A server that rotates like ours: a used token ends the session unless it comes with the same key. */
const createServer = () => {
  let valid = 'refresh-0';
  let count = 0;
  const answered = new Map<string, unknown>();
  const seen: string[] = [];
  const send: Send = ({ body, idempotencyKey, codec }) => {
    const token = (body as { refresh_token: string }).refresh_token;
    const key = `${token} ${idempotencyKey ?? ''}`;
    seen.push(key);
    if (!answered.has(key)) {
      if (token !== valid)
        return Promise.resolve(
          left({ type: 'Refused', status: 401, code: 'invalid_credentials' } as const),
        );
      count += 1;
      valid = `refresh-${count}`;
      answered.set(key, {
        access_token: `access-${count}`,
        refresh_token: valid,
        expires_in_secs: 900,
      });
    }
    const decoded = codec.decode(answered.get(key));
    return Promise.resolve(
      decoded._tag === 'Right' ? right(decoded.right) : left({ type: 'Malformed' } as const),
    );
  };
  return { send, seen };
};

const setUp = () => {
  const store = createSessionStore(memory());
  store.write({
    refreshToken: 'refresh-0',
    rotationKey: 'key-0',
    userId: 'me',
    username: 'me',
  });
  const lock = createLock();
  const server = createServer();
  const ended: string[] = [];
  let keys = 0;
  const openTab = (name: string, send: Send = server.send) =>
    createTokenKeeper({
      send,
      store,
      exclusively: lock,
      freshKey: () => `key-${(keys += 1)}`,
      now: () => 0,
      onEnded: () => ended.push(name),
    });
  return { store, server, ended, openTab };
};

describe('token keeper', () => {
  it('rotates once for many requests', async () => {
    const { openTab, server } = setUp();
    const tab = openTab('one');
    const answers = await Promise.all([tab.accessToken(), tab.accessToken(), tab.accessToken()]);
    expect(answers).toEqual(Array.from({ length: 3 }, () => right('access-1')));
    expect(server.seen).toHaveLength(1);
  });

  it('lets two tabs rotate without ending each other', async () => {
    const { openTab, ended } = setUp();
    const [one, two] = [openTab('one'), openTab('two')];
    await Promise.all([one.accessToken(), two.accessToken()]);
    await Promise.all([one.renew('access-1'), two.renew('access-2')]);
    expect(ended).toEqual([]);
  });

  it('repeats a rotation whose answer was lost under the same key', async () => {
    const { openTab, server, ended } = setUp();
    const loses: Send = async (options, token) => {
      await server.send(options, token);
      return left({ type: 'Unreachable' });
    };
    expect(await openTab('before reload', loses).accessToken()).toEqual(
      left({ type: 'Unreachable' }),
    );
    expect(await openTab('after reload').accessToken()).toEqual(right('access-1'));
    expect(new Set(server.seen).size).toBe(1);
    expect(ended).toEqual([]);
  });

  it('ends the session when the server refuses, and only then', async () => {
    const { openTab, store, ended } = setUp();
    const refusing: Send = () =>
      Promise.resolve(left({ type: 'Refused', status: 401, code: 'invalid_credentials' }));
    const unreachable: Send = () => Promise.resolve(left({ type: 'Unreachable' }));
    await openTab('offline', unreachable).accessToken();
    expect(store.read()).not.toBeNull();
    await openTab('refused', refusing).accessToken();
    expect(store.read()).toBeNull();
    expect(ended).toEqual(['refused']);
  });

  it('does not bring back a session that was signed out meanwhile', async () => {
    const { openTab, store, server } = setUp();
    const signsOutMeanwhile: Send = async (options, token) => {
      const answer = await server.send(options, token);
      store.clear();
      return answer;
    };
    await openTab('one', signsOutMeanwhile).accessToken();
    expect(store.read()).toBeNull();
  });
});
