import { createConnection, decodeFrame, type ConnectionState, type Socket } from './connection.ts';

const READY = JSON.stringify({ v: 1, t: 'ready', d: { user_id: '01ARZ3NDEKTSV4RRFFQ69G5FAV' } });

const setUp = () => {
  jest.useFakeTimers();
  const sockets: Socket[] = [];
  const states: ConnectionState[] = [];
  const askedAfterFailure: boolean[] = [];
  const connection = createConnection({
    address: (afterFailure) => {
      askedAfterFailure.push(afterFailure);
      return Promise.resolve('ws://gateway');
    },
    openSocket: () => {
      const socket: Socket = {
        readyState: 1,
        send: () => {},
        close: () => {},
        onmessage: null,
        onclose: null,
      };
      sockets.push(socket);
      return socket;
    },
    onFrame: () => {},
    onState: (state) => states.push(state),
    random: () => 1,
    now: () => 0,
  });
  const settle = () => jest.advanceTimersByTimeAsync(0);
  return { connection, sockets, states, askedAfterFailure, settle };
};

const say = (socket: Socket | undefined, data: string) =>
  socket?.onmessage?.({ data } as MessageEvent);
const end = (socket: Socket | undefined) => socket?.onclose?.({} as CloseEvent);

describe('gateway connection', () => {
  afterEach(() => jest.useRealTimers());

  it('is online once the server is ready, not before', async () => {
    const { connection, sockets, states, settle } = setUp();
    connection.start();
    await settle();
    expect(states.at(-1)?.type).toBe('connecting');
    say(sockets[0], READY);
    expect(states.at(-1)?.type).toBe('online');
  });

  it('waits longer after each failed try and starts over once online', async () => {
    const { connection, sockets, states, settle } = setUp();
    connection.start();
    await settle();
    end(sockets[0]);
    expect(states.at(-1)).toEqual({ type: 'waiting', attempt: 1, retryAt: 500 });
    await jest.advanceTimersByTimeAsync(500);
    end(sockets[1]);
    expect(states.at(-1)).toEqual({ type: 'waiting', attempt: 2, retryAt: 1000 });
    await jest.advanceTimersByTimeAsync(1000);
    say(sockets[2], READY);
    end(sockets[2]);
    expect(states.at(-1)).toEqual({ type: 'waiting', attempt: 1, retryAt: 500 });
  });

  it('asks for a new token after a try that never became ready', async () => {
    const { connection, sockets, askedAfterFailure, settle } = setUp();
    connection.start();
    await settle();
    end(sockets[0]);
    connection.retryNow();
    await settle();
    expect(askedAfterFailure).toEqual([false, true]);
  });

  it('gives up on a socket that stays silent', async () => {
    const { connection, states, settle } = setUp();
    connection.start();
    await settle();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(states.at(-1)?.type).toBe('waiting');
  });

  it('stays stopped', async () => {
    const { connection, sockets, states, settle } = setUp();
    connection.start();
    await settle();
    connection.stop();
    end(sockets[0]);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(states.at(-1)).toEqual({ type: 'idle' });
    expect(sockets).toHaveLength(1);
  });

  it('ignores frames it does not know', () => {
    expect(decodeFrame('{"v":1,"t":"from_the_future","d":{}}')).toBeNull();
    expect(decodeFrame('{"v":1,"t":"ready","d":{}}')).toBeNull();
    expect(decodeFrame('not json')).toBeNull();
    expect(decodeFrame(READY)?.t).toBe('ready');
  });
});
