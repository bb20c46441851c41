// What stands in Elasticsearch for one message, and what a batch of events comes to there. Tokens are made here, not there,
// so that both indexes find the same. As in PostgreSQL every term begins with its guild: each guild has posting lists and
// words of its own, another's volume costs nothing, and a forgotten filter can't leak.
import { type Position } from '../../application/event-store/event-log.ts';
import { type Recorded } from '../../application/event-store/event-store.ts';
import { tokenizeForSearch } from '../../application/search/tokenize.ts';
import { type ChannelId, type GuildId, type MessageId } from '../../domain/shared/ids.ts';

/** Raised with every change of mapping or meaning: an index of another version is built anew. */
export const ELASTIC_VERSION = 1;

// Stands where a word was left out, so that its neighbours aren't taken for neighbours. No token is one, nor like one.
const LEFT_OUT = '_';

export const guildTerm = (guildId: GuildId, term: string): string => `${guildId}.${term}`;

export type ElasticDocument = {
  readonly guild: GuildId;
  readonly channel: ChannelId;
  readonly message: MessageId; // Its order among messages as good as each other
  readonly text: string; // Terms between spaces
};

export type ElasticOperation = {
  readonly messageId: MessageId;
  readonly guildId: GuildId;
  readonly position: Position; // Of the event
  readonly version: number; // Whatever is older than what the index has is refused by it
  readonly type: Recorded['type']; // Of the event, for whoever has to say what was refused
  readonly document: ElasticDocument | null; // Null to delete
};

/** The place of an event as a document version: larger means later. */
export const versionOf = (position: Position): number => Number(position.slice(0, 20));

export const indexedText = (guildId: GuildId, content: string): string => {
  const places: string[] = [];
  for (const { term, position } of tokenizeForSearch(content)) {
    while (places.length < position - 1) places.push(LEFT_OUT);
    places.push(guildTerm(guildId, term));
  }
  return places.join(' ');
};

const operationOf = (event: Recorded): ElasticOperation | null => {
  if (
    event.type !== 'MessagePosted' &&
    event.type !== 'MessageEdited' &&
    event.type !== 'MessageRestored' &&
    event.type !== 'MessageDeleted'
  )
    return null;
  const { messageId, guildId, channelId } = event.data;
  const content = event.type === 'MessageDeleted' ? null : event.data.content;
  return {
    ...{ messageId, guildId, position: event.meta.position, type: event.type },
    version: versionOf(event.meta.position),
    document:
      content === null
        ? null
        : {
            guild: guildId,
            channel: channelId,
            message: messageId,
            text: indexedText(guildId, content),
          },
  };
};

/**
 * What is left to do for a batch of events in log order: of each message the last. Taken twice, or after later ones, it
 * changes nothing.
 */
export const elasticOperations = (events: readonly Recorded[]): readonly ElasticOperation[] => {
  const last = new Map<MessageId, ElasticOperation>();
  for (const event of events) {
    const operation = operationOf(event);
    if (operation === null) continue;
    // What was deleted or erased stays so, as in the other index.
    const isGone = last.get(operation.messageId)?.type === 'MessageDeleted';
    if (isGone && operation.type !== 'MessageRestored') continue;
    last.delete(operation.messageId); // To stand where its last event stands
    last.set(operation.messageId, operation);
  }
  return [...last.values()];
};

/** Settings and mapping of an index; unknown fields are refused, and no text is kept but what the inverted index holds. */
export const elasticIndexBody = ({
  installation,
  shards,
}: {
  readonly installation: string;
  readonly shards: number;
}) => ({
  settings: {
    number_of_shards: shards,
    // While it is built nobody searches it, and a build that fails begins again.
    number_of_replicas: 0,
    refresh_interval: '-1',
    'translog.durability': 'async',
    // A late repeat of an older event must find the deletion it comes after.
    gc_deletes: '10m',
    // Chat is short by nature: a message isn't much better for being shorter still.
    'similarity.default.type': 'BM25',
    'similarity.default.b': 0.3,
  },
  mappings: {
    dynamic: 'strict',
    _source: { enabled: false },
    _routing: { required: true },
    _meta: { installation, version: ELASTIC_VERSION },
    properties: {
      guild: { type: 'keyword', doc_values: false },
      channel: { type: 'keyword', doc_values: false },
      message: { type: 'keyword', index: false },
      text: { type: 'text', analyzer: 'whitespace' },
    },
  },
});

/** Settings of an index that is searched: durable, copied where there is a second node, refreshed by whoever writes. */
export const ELASTIC_LIVE_SETTINGS = {
  'translog.durability': 'request',
  auto_expand_replicas: '0-1',
};
