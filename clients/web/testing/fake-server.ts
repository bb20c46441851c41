// The contract in memory, for developing and testing the client alone: HTTP, gateway and the built files with the
// content security policy of the real server. Tests can make it fail, pause and restart.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import path from 'node:path';
import type * as t from 'io-ts';
import { type WebSocket, WebSocketServer } from 'ws';
import { ClientEnvelope, SubscribeData } from '../../../application/contract/gateway-frames.ts';
import { Message, Reaction } from '../../../application/contract/answers.ts';
import { createUlids } from './ulids.ts';
import { tokensOf } from './fake-markdown.ts';

type User = { id: string; username: string; password: string };
type Session = { userId: string; refresh: string; used: Map<string, unknown>; over: boolean };
type FakeGuild = {
  id: string;
  name: string;
  visibility: 'private' | 'public';
  ownerId: string;
  members: Set<string>;
  channels: { channel_id: string; name: string; kind: 'text' | 'voice' }[];
};
type Socket = { socket: WebSocket; userId: string; channels: Set<string>; guilds: Set<string> };
type Reply = { status: number; body?: unknown };

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
};

const policy = (origin: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "font-src 'self'",
    `connect-src 'self' ${origin.replace('http', 'ws')}`,
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types svelte-trusted-html',
  ].join('; ');

/** What the fake makes passes the real codecs, so that it can't drift from the contract. */
const decoded = <A>(codec: t.Decoder<unknown, A>, value: unknown): A => {
  const outcome = codec.decode(value);
  if (outcome._tag === 'Left') throw new Error('The fake server breaks the contract.');
  return outcome.right;
};
const ok = (body?: unknown): Reply => ({ status: 200, body });
const fail = (status: number, error: string): Reply => ({ status, body: { error } });
const secret = () => randomBytes(16).toString('hex');

const readBody = async (request: IncomingMessage): Promise<Record<string, unknown>> => {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
};

export type FakeServer = Awaited<ReturnType<typeof startFakeServer>>;

/** Starts the fake on a free port (or the given one, to come back after a stop). */
export const startFakeServer = async ({ webRoot }: { readonly webRoot: string }) => {
  const nextId = createUlids();
  const users = new Map<string, User>();
  const sessions: Session[] = [];
  const tokens = new Map<string, string>(); // Access token → user id
  const guilds: FakeGuild[] = [];
  const messages = new Map<string, Message[]>(); // By channel, oldest first
  const done = new Map<string, Reply>(); // Idempotency-Key → answer
  const sockets = new Set<Socket>();
  const seenKeys: string[] = [];
  /** What goes wrong next: read and changed by tests. */
  const faults = {
    posts: 0,
    loseAnswers: 0,
    delayMs: 0,
    delayPostMs: 0,
    down: false,
    failPath: '',
  };
  let port = 0;

  const send = (to: Socket, t: string, d: unknown) =>
    to.socket.send(JSON.stringify({ v: 1, t, d }));
  const toChannel = (channelId: string, t: string, d: unknown) => {
    for (const each of sockets) if (each.channels.has(channelId)) send(each, t, d);
  };
  const toGuild = (guildId: string, t: string, d: unknown) => {
    for (const each of sockets) if (each.guilds.has(guildId)) send(each, t, d);
  };
  const now = () => Math.floor(Date.now() / 1000);

  const addMessage = (
    guildId: string,
    channelId: string,
    authorId: string,
    content: string,
    at = Date.now(),
  ): Message => {
    const message = decoded(Message, {
      message_id: nextId(at),
      guild_id: guildId,
      channel_id: channelId,
      author_id: authorId,
      content,
      markdown_tokens: tokensOf(content),
      attachments: [],
      reactions: [],
      created_at_unix: Math.floor(at / 1000),
    });
    const list = messages.get(channelId) ?? [];
    list.push(message);
    messages.set(channelId, list);
    return message;
  };

  const issue = (session: Session) => {
    const access = secret();
    tokens.set(access, session.userId);
    session.refresh = secret();
    return { access_token: access, refresh_token: session.refresh, expires_in_secs: 900 };
  };

  const auth = (route: string, body: Record<string, unknown>, key: string | null): Reply => {
    if (route === '/auth/register') {
      const name = String(body['username']);
      if (!users.has(name.toLowerCase()))
        users.set(name.toLowerCase(), {
          id: nextId(),
          username: name,
          password: String(body['password']),
        });
      return ok({ accepted: true });
    }
    if (route === '/auth/login') {
      const user = users.get(String(body['username']).toLowerCase());
      if (user?.password !== body['password']) return fail(401, 'invalid_credentials');
      const session: Session = { userId: user!.id, refresh: '', used: new Map(), over: false };
      sessions.push(session);
      return ok(issue(session));
    }
    const token = String(body['refresh_token']);
    const session = sessions.find((each) => each.refresh === token || each.used.has(token));
    if (session === undefined || session.over) return fail(401, 'invalid_credentials');
    if (route === '/auth/logout') {
      session.over = true;
      return { status: 204 };
    }
    const used = session.used.get(token) as { key: string | null; body: unknown } | undefined;
    if (used !== undefined) {
      if (used.key !== null && used.key === key) return ok(used.body);
      session.over = true;
      return fail(401, 'invalid_credentials');
    }
    const answer = issue(session);
    session.used.set(token, { key, body: answer });
    return ok(answer);
  };

  const profileOf = (user: User) => ({
    user_id: user.id,
    username: user.username,
    about_markdown: '',
    about_markdown_tokens: [],
    avatar_version: 0,
    banner_version: 0,
  });
  const guildView = ({ id, name, visibility }: FakeGuild) => ({ guild_id: id, name, visibility });
  const forReader = (message: Message): Message => message;

  const messageRoutes = (
    method: string,
    guild: FakeGuild,
    channelId: string,
    rest: readonly string[],
    query: URLSearchParams,
    body: Record<string, unknown>,
    userId: string,
  ): Reply => {
    const list = messages.get(channelId) ?? [];
    const where = { guild_id: guild.id, channel_id: channelId };
    if (rest.length === 0 && method === 'GET') {
      const before = query.get('before');
      const limit = Number(query.get('limit') ?? 20);
      const until =
        before === null ? list.length : list.findIndex(({ message_id }) => message_id >= before);
      const end = until < 0 ? list.length : until;
      const page = list.slice(Math.max(0, end - limit), end).reverse();
      return ok({
        messages: page.map(forReader),
        next_before: page.at(-1)?.message_id ?? null,
      });
    }
    if (rest.length === 0) {
      const content = String(body['content']);
      if (content === '' || Buffer.byteLength(content) > 2000) return fail(400, 'invalid_request');
      const message = addMessage(guild.id, channelId, userId, content);
      toChannel(channelId, 'message_create', message);
      return ok(message);
    }
    const [messageId = '', kind, emoji = ''] = rest;
    const at = list.findIndex(({ message_id }) => message_id === messageId);
    const message = list[at];
    if (message === undefined) return fail(404, 'not_found');
    if (kind === 'reactions') {
      const name = decodeURIComponent(emoji);
      const by = new Set(
        message.reactions.find((each) => each.emoji === name)?.reactor_user_ids ?? [],
      );
      if (method === 'POST') by.add(userId as never);
      else by.delete(userId as never);
      const reaction = decoded(Reaction, {
        emoji: name,
        count: by.size,
        reacted_by_me: method === 'POST',
        ...(by.size > 0 ? { reactor_user_ids: [...by] } : {}),
      });
      const others = message.reactions.filter((each) => each.emoji !== name);
      list[at] = { ...message, reactions: by.size > 0 ? [...others, reaction] : others };
      toChannel(channelId, 'message_reaction', {
        ...where,
        message_id: messageId,
        emoji: name,
        count: by.size,
        operation: method === 'POST' ? 'add' : 'remove',
        actor_user_id: userId,
      });
      return ok(reaction);
    }
    if (message.author_id !== userId && guild.ownerId !== userId) return fail(403, 'forbidden');
    if (method === 'DELETE') {
      list.splice(at, 1);
      toChannel(channelId, 'message_delete', {
        ...where,
        message_id: messageId,
        deleted_at_unix: now(),
      });
      return { status: 204 };
    }
    const content = String(body['content']);
    const edited = { ...message, content, markdown_tokens: tokensOf(content) };
    list[at] = edited;
    toChannel(channelId, 'message_update', {
      ...where,
      message_id: messageId,
      updated_fields: { content, markdown_tokens: edited.markdown_tokens },
      updated_at_unix: now(),
    });
    return ok(edited);
  };

  const guildRoutes = (
    method: string,
    parts: readonly string[],
    query: URLSearchParams,
    body: Record<string, unknown>,
    userId: string,
  ): Reply => {
    if (parts.length === 0 && method === 'GET')
      return ok({ guilds: guilds.filter((each) => each.members.has(userId)).map(guildView) });
    if (parts.length === 0) {
      const guild: FakeGuild = {
        id: nextId(),
        name: String(body['name']),
        visibility: body['visibility'] === 'public' ? 'public' : 'private',
        ownerId: userId,
        members: new Set([userId]),
        channels: [],
      };
      guilds.unshift(guild);
      return ok(guildView(guild));
    }
    if (parts[0] === 'public') {
      const q = (query.get('q') ?? '').toLowerCase();
      const found = guilds.filter(
        (each) => each.visibility === 'public' && each.name.toLowerCase().includes(q),
      );
      return ok({ guilds: found.map(guildView) });
    }
    const guild = guilds.find(({ id }) => id === parts[0]);
    if (guild === undefined) return fail(404, 'not_found');
    if (parts[1] === 'join') {
      const isNew = !guild.members.has(userId);
      guild.members.add(userId);
      if (isNew)
        toGuild(guild.id, 'workspace_member_add', {
          guild_id: guild.id,
          user_id: userId,
          role: 'member',
          joined_at_unix: now(),
          actor_user_id: userId,
        });
      return ok({ guild_id: guild.id, outcome: isNew ? 'accepted' : 'already_member' });
    }
    if (!guild.members.has(userId)) return fail(403, 'forbidden');
    if (parts[1] === 'members')
      return ok({
        members: [...guild.members].sort().map((user_id) => ({ user_id, role_ids: [] })),
        next_cursor: null,
      });
    if (parts[1] === 'search') {
      const q = (query.get('q') ?? '').toLowerCase();
      const found = guild.channels
        .flatMap(({ channel_id }) => messages.get(channel_id) ?? [])
        .filter(({ content }) => content.toLowerCase().includes(q))
        .slice(-Number(query.get('limit') ?? 20))
        .reverse();
      return ok({ message_ids: found.map(({ message_id }) => message_id), messages: found });
    }
    if (parts[1] !== 'channels') return fail(404, 'not_found');
    if (parts.length === 2 && method === 'GET') return ok({ channels: guild.channels });
    if (parts.length === 2) {
      if (guild.ownerId !== userId) return fail(403, 'forbidden');
      const channel = {
        channel_id: nextId(),
        name: String(body['name']),
        kind: body['kind'] === 'voice' ? ('voice' as const) : ('text' as const),
      };
      guild.channels.push(channel);
      toGuild(guild.id, 'channel_create', { guild_id: guild.id, channel });
      return ok(channel);
    }
    const channelId = parts[2] ?? '';
    if (!guild.channels.some(({ channel_id }) => channel_id === channelId))
      return fail(404, 'not_found');
    if (parts[3] === 'permissions')
      return ok(
        guild.ownerId === userId
          ? {
              role: 'owner',
              permissions: ['manage_channel_overrides', 'delete_message', 'create_message'],
            }
          : { role: 'member', permissions: ['create_message', 'subscribe_streams'] },
      );
    return messageRoutes(method, guild, channelId, parts.slice(4), query, body, userId);
  };

  const answer = async (request: IncomingMessage, url: URL): Promise<Reply> => {
    const { method = 'GET' } = request;
    const body = await readBody(request);
    const key = request.headers['idempotency-key'];
    if (url.pathname === '/client-config')
      return ok({ gateway_url: null, message_bytes_max: 2000, captcha_site_key: null });
    if (url.pathname.startsWith('/auth/') && url.pathname !== '/auth/me')
      return auth(url.pathname, body, typeof key === 'string' ? key : null);
    const userId = tokens.get(request.headers.authorization?.replace('Bearer ', '') ?? '');
    if (userId === undefined) return fail(401, 'invalid_credentials');
    if (url.pathname === '/auth/me')
      return ok(profileOf([...users.values()].find(({ id }) => id === userId)!));
    if (url.pathname === '/users/lookup') {
      const ids = body['user_ids'] as string[];
      const found = ids.flatMap((id) => [...users.values()].filter((user) => user.id === id));
      return ok({
        users: found.map(({ id, username }) => ({ user_id: id, username, avatar_version: 0 })),
      });
    }
    if (!url.pathname.startsWith('/guilds')) return fail(404, 'not_found');
    const isPost = method === 'POST' && url.pathname.endsWith('/messages');
    if (isPost && faults.delayPostMs > 0) await pause(faults.delayPostMs);
    if (isPost && faults.posts > 0) {
      faults.posts -= 1;
      return fail(500, 'internal_error');
    }
    const repeated = typeof key === 'string' ? done.get(`${userId} ${key}`) : undefined;
    if (isPost && typeof key === 'string') seenKeys.push(key);
    if (repeated !== undefined) return repeated;
    const reply = guildRoutes(
      method,
      url.pathname.split('/').slice(2),
      url.searchParams,
      body,
      userId,
    );
    if (typeof key === 'string' && reply.status < 300) done.set(`${userId} ${key}`, reply);
    if (isPost && faults.loseAnswers > 0) {
      faults.loseAnswers -= 1;
      throw new Error('The answer is lost on purpose.');
    }
    return reply;
  };

  const serveFile = async (url: URL, response: ServerResponse) => {
    const name = url.pathname === '/' ? '/index.html' : path.posix.normalize(url.pathname);
    const bytes = await readFile(path.join(webRoot, name)).catch(() => null);
    if (bytes === null) return response.writeHead(404).end();
    return response
      .writeHead(200, {
        'content-type': TYPES[path.extname(name)] ?? 'application/octet-stream',
        'content-security-policy': policy(`http://127.0.0.1:${port}`),
        'x-content-type-options': 'nosniff',
      })
      .end(bytes);
  };

  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const isFile = (url: URL) => url.pathname === '/' || /\.\w+$|^\/assets\//.test(url.pathname);

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://fake');
    if (isFile(url)) return serveFile(url, response);
    if (faults.delayMs > 0) await pause(faults.delayMs);
    if (faults.down || (faults.failPath !== '' && url.pathname.includes(faults.failPath)))
      return request.socket.destroy();
    const reply = await answer(request, url).catch(() => null);
    if (reply === null) return request.socket.destroy();
    return response
      .writeHead(reply.status, { 'content-type': 'application/json' })
      .end(reply.body === undefined ? undefined : JSON.stringify(reply.body));
  };

  const onFrame = (each: Socket, data: string) => {
    const envelope = ClientEnvelope.decode(JSON.parse(data));
    if (envelope._tag === 'Left' || envelope.right.t !== 'subscribe') {
      each.socket.terminate();
      return;
    }
    const wanted = SubscribeData.decode(envelope.right.d);
    if (wanted._tag === 'Left') {
      each.socket.terminate();
      return;
    }
    const { guild_id, channel_id } = wanted.right;
    if (!guilds.find(({ id }) => id === guild_id)?.members.has(each.userId)) return;
    const isFirst = ![...sockets].some(
      (other) => other.userId === each.userId && other.guilds.has(guild_id),
    );
    each.guilds.add(guild_id);
    each.channels.add(channel_id);
    const online = [...sockets].filter((other) => other.guilds.has(guild_id));
    send(each, 'presence_sync', {
      guild_id,
      user_ids: [...new Set(online.map(({ userId }) => userId))],
    });
    if (isFirst)
      toGuild(guild_id, 'presence_update', { guild_id, user_id: each.userId, status: 'online' });
    send(each, 'subscribed', { guild_id, channel_id });
    send(each, 'voice_participant_sync', {
      guild_id,
      channel_id,
      participants: [],
      synced_at_unix: now(),
    });
  };

  const onLeave = (each: Socket) => {
    sockets.delete(each);
    for (const guild_id of each.guilds)
      if (![...sockets].some((other) => other.userId === each.userId && other.guilds.has(guild_id)))
        toGuild(guild_id, 'presence_update', { guild_id, user_id: each.userId, status: 'offline' });
  };

  const listen = async (at: number): Promise<Server> => {
    const http = createServer((request, response) => {
      void handle(request, response);
    });
    const gateway = new WebSocketServer({ noServer: true });
    http.on('upgrade', (request, socket, head) => {
      const url = new URL(request.url ?? '/', 'http://fake');
      const userId = tokens.get(url.searchParams.get('access_token') ?? '');
      if (userId === undefined || faults.down) {
        socket.destroy();
        return;
      }
      gateway.handleUpgrade(request, socket, head, (opened) => {
        const each: Socket = { socket: opened, userId, channels: new Set(), guilds: new Set() };
        sockets.add(each);
        opened.on('message', (data: Buffer) => onFrame(each, data.toString()));
        opened.on('close', () => onLeave(each));
        opened.on('error', () => opened.terminate());
        send(each, 'ready', { user_id: userId });
      });
    });
    await new Promise<void>((resolve) => http.listen(at, '127.0.0.1', resolve));
    return http;
  };

  let http = await listen(0);
  port = (http.address() as AddressInfo).port;
  const dropSockets = () => {
    for (const { socket } of sockets) socket.terminate();
  };
  const stop = async () => {
    dropSockets();
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  };

  return {
    origin: `http://127.0.0.1:${port}`,
    faults,
    seenKeys,
    guilds,
    users,
    messages,
    addMessage,
    /** As if somebody had posted it: stored and told to everyone listening. */
    say: (guildId: string, channelId: string, authorId: string, content: string) => {
      const message = addMessage(guildId, channelId, authorId, content);
      toChannel(channelId, 'message_create', message);
      return message;
    },
    /** As if an operator had erased the account of a member: told in the order of the real server. */
    eraseUser: (guildId: string, userId: string) => {
      const guild = guilds.find(({ id }) => id === guildId);
      guild?.members.delete(userId);
      const about = { guild_id: guildId, user_id: userId };
      toGuild(guildId, 'workspace_member_remove', {
        ...{ ...about, reason: 'leave', removed_at_unix: now() },
      });
      toGuild(guildId, 'account_erased', { user_id: userId, erased_at_unix: now() });
      for (const { channel_id } of guild?.channels ?? []) {
        const all = messages.get(channel_id) ?? [];
        messages.set(
          channel_id,
          all.filter(({ author_id }) => author_id !== userId),
        );
        for (const { message_id } of all.filter(({ author_id }) => author_id === userId))
          toChannel(channel_id, 'message_delete', {
            ...{ guild_id: guildId, channel_id, message_id, deleted_at_unix: now() },
          });
      }
    },
    addUser: (username: string, password: string): User => {
      const user = { id: nextId(), username, password };
      users.set(username.toLowerCase(), user);
      return user;
    },
    addGuild: (name: string, ownerId: string, channels: readonly string[]): FakeGuild => {
      const guild: FakeGuild = {
        id: nextId(),
        name,
        visibility: 'public',
        ownerId,
        members: new Set([ownerId]),
        channels: channels.map((channel) => ({
          channel_id: nextId(),
          name: channel.replace(/^voice:/, ''),
          kind: channel.startsWith('voice:') ? 'voice' : 'text',
        })),
      };
      guilds.unshift(guild);
      return guild;
    },
    dropSockets,
    /** As if every session had been revoked. */
    endSessions: () => {
      for (const session of sessions) session.over = true;
      tokens.clear();
    },
    /** Access tokens die, as after a change of keys. */
    forgetTokens: () => tokens.clear(),
    stop,
    restart: async () => {
      await stop();
      http = await listen(port);
    },
    comeBack: async () => {
      http = await listen(port);
    },
  };
};
