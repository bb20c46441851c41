/* eslint-disable max-lines-per-function -- A factory of state is a list of short functions over that state. */
// Wires everything a signed-in person uses. One call makes one visit; signing out throws all of it away.
import { isLeft } from 'fp-ts/lib/Either.js';
import { ClientConfig } from '../../../application/contract/answers.ts';
import { type Send } from './api/http.ts';
import { createApi } from './api/api.ts';
import { isPassingProblem, problemCode } from './api/problem-code.ts';
import { freshKey } from './api/fresh-key.ts';
import { createChannels } from './channel/channels.svelte.ts';
import { createPermissions } from './channel/permissions.svelte.ts';
import { createConversation } from './conversation/conversation.svelte.ts';
import { createConversations } from './conversation/conversations.svelte.ts';
import { createReads } from './conversation/reads.svelte.ts';
import { applyFrame } from './gateway/apply-frame.ts';
import { type ConnectionState, createConnection } from './gateway/connection.ts';
import { createResumption } from './gateway/resumption.ts';
import { createSubscriptions } from './gateway/subscriptions.ts';
import { createDiscovery } from './guild/discovery.svelte.ts';
import { createGuilds } from './guild/guilds.svelte.ts';
import { createMembers } from './member/members.svelte.ts';
import { createPeople } from './member/people.svelte.ts';
import { createPresence } from './member/presence.svelte.ts';
import { createOutbox } from './outbox/outbox.svelte.ts';
import { createOutboxStore, outboxPrefix } from './outbox/outbox-entry.ts';
import { createSearch } from './search/search.svelte.ts';
import { type Session, type SignedIn } from './session/session.svelte.ts';

const MESSAGE_BYTES_MAX = 2_000; // Until the server says otherwise
const PEEKED_CHANNELS_MAX = 25;
const PEEKED_MESSAGES = 20;

type Setting = {
  readonly send: Send;
  readonly session: Session;
  readonly person: SignedIn;
  readonly target: Window;
};

const gatewayAddress = (
  target: Window,
  configured: string | null,
  token: string,
  places: string,
) => {
  const { protocol, host } = target.location;
  const base = configured ?? `${protocol === 'https:' ? 'wss:' : 'ws:'}//${host}/gateway/ws`;
  return `${base}?access_token=${encodeURIComponent(token)}&${places}`;
};

const createStores = ({ send, session, person, target }: Setting) => {
  const api = createApi({ send, tokens: session.tokens });
  const people = createPeople({ api });
  const reads = createReads({ storage: target.localStorage, userId: person.userId });
  const conversations = createConversations((place) =>
    createConversation({
      api,
      place,
      self: person.userId,
      reads,
      now: Date.now,
      onAuthors: people.want,
    }),
  );
  const outbox = createOutbox({
    api,
    store: createOutboxStore(target.localStorage, person.userId),
    self: person.userId,
    freshKey,
    now: Date.now,
    problemOf: problemCode,
    mayRetry: isPassingProblem,
    onDelivered: (message) => conversations.find(message.channel_id)?.apply(message),
  });
  return {
    api,
    people,
    reads,
    conversations,
    outbox,
    guilds: createGuilds({ api, freshKey }),
    channels: createChannels({ api, freshKey }),
    permissions: createPermissions({ api }),
    members: createMembers({ api, onIds: people.want }),
    presence: createPresence(),
    search: createSearch({ api, onAuthors: people.want }),
    discovery: createDiscovery({ api }),
  };
};

type VisitStores = ReturnType<typeof createStores>;

/** Learns which channels hold something new, for a guild just opened: frames tell from then on. */
const peek = async ({ api, channels, conversations, reads }: VisitStores, guildId: string) => {
  const texts = (channels.of(guildId).value ?? []).filter(({ kind }) => kind === 'text');
  for (const { channel_id: channelId } of texts.slice(0, PEEKED_CHANNELS_MAX)) {
    const last = reads.lastRead(channelId);
    if (conversations.find(channelId) !== null) continue;
    const page = await api.messages({ guildId, channelId }, null, PEEKED_MESSAGES);
    if (isLeft(page) || conversations.find(channelId) !== null) continue;
    const newest = page.right.messages[0];
    if (newest === undefined) continue;
    if (last === null) reads.mark(channelId, newest.message_id);
    else
      reads.set(
        guildId,
        channelId,
        page.right.messages.filter(({ message_id }) => message_id > last).length,
      );
  }
};

/** Everything of one signed-in visit. `start` begins talking to the server, `stop` ends it for good. */
export const createVisit = (setting: Setting) => {
  const { send, session, person, target } = setting;
  const stores = createStores(setting);
  const { api, guilds, channels, permissions, members, conversations, outbox } = stores;
  let connectionState = $state.raw<ConnectionState>({ type: 'idle' });
  let everOnline = $state(false);
  let config = $state.raw<ClientConfig | null>(null);
  let enteredId: string | null = null;
  let current: { readonly guildId: string; readonly channelId: string } | null = null;

  const connection = createConnection({
    address: async (afterFailure) => {
      if (config === null) {
        const answer = await send({ path: '/client-config', codec: ClientConfig }, null);
        if (!isLeft(answer)) config = answer.right;
      }
      const token = await session.tokens.accessToken();
      if (isLeft(token)) return null;
      // A socket that is refused can't say why; after a failure one request tells whether the token still counts.
      const proof = afterFailure ? await api.me() : null;
      if (proof !== null && isLeft(proof)) return null;
      const valid = await session.tokens.accessToken();
      return isLeft(valid)
        ? null
        : gatewayAddress(target, config?.gateway_url ?? null, valid.right, resumption.query());
    },
    openSocket: (url) => new WebSocket(url),
    onFrame: (frame) => {
      applyFrame(frame, {
        ...stores,
        self: person.userId,
        onChannelCreated: (guildId) => follow(guildId),
        onOwnAccessChanged: (guildId) => void enterGuild(guildId, true),
      });
      resumption.handled(frame);
    },
    onState: (state) => {
      connectionState = state;
      if (state.type === 'online') everOnline = true;
    },
    random: Math.random,
    now: Date.now,
  });
  const subscriptions = createSubscriptions({ send: connection.send });

  const follow = (guildId: string) => {
    const texts = (channels.of(guildId).value ?? []).filter(({ kind }) => kind === 'text');
    subscriptions.want(texts.map(({ channel_id }) => ({ guildId, channelId: channel_id })));
  };
  /** Reads again what frames can't have kept current. */
  const readAgain = () => {
    void guilds.load();
    if (enteredId !== null) void enterGuild(enteredId, true);
  };
  const resumption = createResumption({
    send: connection.send,
    self: person.userId,
    now: Date.now,
    onFresh: (isFirst) => {
      subscriptions.restart(current); // Each channel is filled up when it is subscribed.
      outbox.resume();
      if (!isFirst || guilds.list.state !== 'ready') readAgain();
    },
    onResumed: (heard, missed) => {
      subscriptions.resume(heard);
      outbox.resume();
      if (missed === 'summary') readAgain();
      for (const conversation of conversations.all())
        if (missed === 'summary' || conversation.needsRefill()) void conversation.refill();
    },
  });
  const enterGuild = async (guildId: string, again = false) => {
    enteredId = guildId;
    if (again || !members.isKnown(guildId) || members.of(guildId).state === 'failed')
      void members.load(guildId);
    if (again || channels.of(guildId).state !== 'ready') {
      await channels.load(guildId);
      void peek(stores, guildId);
    }
    follow(guildId);
  };

  return {
    ...stores,
    person,
    get connection() {
      return connectionState;
    },
    get everOnline() {
      return everOnline;
    },
    get messageBytesMax() {
      return config?.message_bytes_max ?? MESSAGE_BYTES_MAX;
    },
    enterGuild,
    /** Opens a channel; its frames come first from now on. */
    enterChannel: (guildId: string, channelId: string) => {
      current = { guildId, channelId };
      subscriptions.want([current]);
      void permissions.load(guildId, channelId);
      return conversations.visit(current);
    },
    retryConnection: connection.retryNow,
    followStorage: (event: StorageEvent) => {
      if (event.key?.startsWith(outboxPrefix(person.userId)) ?? false) outbox.followStorage();
    },
    start: () => {
      void guilds.load();
      connection.start();
    },
    stop: () => {
      connection.stop();
      outbox.stop();
      subscriptions.stop();
    },
  };
};

export type Visit = ReturnType<typeof createVisit>;
