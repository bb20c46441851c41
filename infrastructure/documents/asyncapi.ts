// The AsyncAPI 3.0 document of the gateway, made of the codecs by which frames are read and clients decode them.
import type * as t from 'io-ts';
import { GATEWAY_VERSION } from '../../application/contract/frame.ts';
import {
  ClientEnvelope,
  MessageCreateData,
  ServerFrame,
  SubscribeData,
} from '../../application/contract/gateway-frames.ts';
import { ResumeData } from '../../application/contract/resume-frames.ts';
import { type JsonSchema } from '../../domain/shared/described.ts';
import {
  frameAudience,
  frameOrigin,
  frameScope,
  frameSummary,
  type FrameName,
} from './frame-notes.ts';
import { API_VERSION } from './openapi.ts';
import { schemaOf } from './json-schema.ts';
import { namedSchemas, SCHEMA_NAMES } from './schema-names.ts';

type Json = Readonly<Record<string, unknown>>;
type ServerFrameCodec = (typeof ServerFrame.types)[number];

/** A server's frame as the documents tell it. */
export type DocumentedFrame = {
  readonly name: FrameName;
  readonly data: t.Mixed;
};

/** Every frame that the server sends, in the order of the contract. */
export const SERVER_FRAMES: readonly DocumentedFrame[] = ServerFrame.types.map(
  (frame: ServerFrameCodec) => {
    const [{ props }] = frame.type.types;
    return { name: props.t.value, data: props.d };
  },
);

/** Every frame that a client may send. */
export const CLIENT_FRAMES = [
  {
    name: 'subscribe',
    summary: 'Asks to hear a channel, and by it its guild. Without the right to, nothing happens.',
    data: SubscribeData,
  },
  {
    name: 'message_create',
    summary:
      'Posts a message. With a nonce the sender hears command_done or command_failed; without one any failure ends the connection.',
    data: MessageCreateData,
  },
  {
    name: 'resume',
    summary:
      'Goes on where an earlier connection left off: subscribes to these channels and tells what was missed, or only how much. Answered by resumed or resume_refused.',
    data: ResumeData,
  },
] as const;

const envelope = (name: string, data: JsonSchema, closed: boolean): JsonSchema => ({
  type: 'object',
  properties: {
    v: { const: GATEWAY_VERSION },
    t: { const: name },
    d: data,
    // Only for clients that connected with places=1, and only where an event of the log is told of.
    ...(!closed && { s: { type: 'string' } }),
  },
  required: ['v', 't', 'd'],
  ...(closed && { additionalProperties: false }),
});

const serverMessage = ({ name, data }: DocumentedFrame): Json => ({
  name,
  title: name,
  summary: frameSummary(name),
  description:
    `Heard by ${frameAudience(name)}. ${frameOrigin(name) === 'ours' ? 'An addition; clients that do not know it ignore it.' : ''}`.trim(),
  contentType: 'application/json',
  'x-audience': frameScope(name),
  payload: envelope(name, schemaOf(data, SCHEMA_NAMES), false),
});

const clientMessage = ({ name, summary, data }: (typeof CLIENT_FRAMES)[number]): Json => ({
  name,
  title: name,
  summary,
  contentType: 'application/json',
  payload: envelope(name, schemaOf(data, SCHEMA_NAMES), 'closedFields' in ClientEnvelope),
});

const messageRefs = (names: readonly string[], channel = true) =>
  names.map((name) => ({
    $ref: channel ? `#/channels/gateway/messages/${name}` : `#/components/messages/${name}`,
  }));

/** Describes the gateway. */
export const asyncApiDocument = (): Json => {
  const sent = SERVER_FRAMES.map(({ name }) => `server_${name}`);
  const received = CLIENT_FRAMES.map(({ name }) => `client_${name}`);
  const names = [...sent, ...received];
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Filament gateway',
      version: API_VERSION,
      description:
        'One WebSocket per client. Frames are JSON objects of exactly v, t and d; who connects with places=1 or places=resume is also told s, the place in the log up to which everything was told. Clients ignore types and keys that they do not know.',
    },
    defaultContentType: 'application/json',
    channels: {
      gateway: {
        address: '/gateway/ws',
        messages: Object.fromEntries(
          names.map((name) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
        bindings: {
          ws: {
            method: 'GET',
            query: {
              type: 'object',
              properties: { access_token: { type: 'string' }, places: { enum: ['1', 'resume'] } },
            },
          },
        },
      },
    },
    operations: {
      hear: {
        action: 'send',
        channel: { $ref: '#/channels/gateway' },
        summary: 'What the server tells.',
        messages: messageRefs(sent),
      },
      say: {
        action: 'receive',
        channel: { $ref: '#/channels/gateway' },
        summary: 'What a client may ask.',
        messages: messageRefs(received),
      },
    },
    components: {
      schemas: namedSchemas(),
      messages: {
        ...Object.fromEntries(
          SERVER_FRAMES.map((frame) => [`server_${frame.name}`, serverMessage(frame)]),
        ),
        ...Object.fromEntries(
          CLIENT_FRAMES.map((frame) => [`client_${frame.name}`, clientMessage(frame)]),
        ),
      },
    },
  };
};
