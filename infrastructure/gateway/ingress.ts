// One inbound frame, from bytes to a command or the reason to disconnect, in the order of base contract 4.3:
// size, rate, envelope, event type and payload. Permission comes after, in commands.ts.
import { isLeft } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import {
  ClientEnvelope,
  MessageCreateData,
  SubscribeData,
} from '../../application/contract/gateway-frames.ts';
import { ResumeData } from '../../application/contract/resume-frames.ts';
import { type IngressWindow } from './ingress-window.ts';

export type Ingress =
  | { readonly type: 'subscribe'; readonly data: t.TypeOf<typeof SubscribeData> }
  | { readonly type: 'message_create'; readonly data: t.TypeOf<typeof MessageCreateData> }
  | { readonly type: 'resume'; readonly data: t.TypeOf<typeof ResumeData> };

export type IngressRefusal = {
  readonly type: 'refused';
  readonly reason:
    | 'event_too_large'
    | 'ingress_rate_limited'
    | 'invalid_envelope'
    | 'unknown_event'
    | 'invalid_subscribe_payload'
    | 'invalid_message_create_payload'
    | 'invalid_resume_payload';
};

const refused = (reason: IngressRefusal['reason']): IngressRefusal => ({ type: 'refused', reason });

const EVENT_NAME = /^[a-z0-9_.]{1,64}$/;
// The nonce is an idempotency key, so it has that header's bounds.
const NONCE = /^[\x21-\x7e]{1,128}$/;
const ATTACHMENTS_MAX = 64;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Throws on bytes that are not UTF-8 or not JSON. */
const parse = (bytes: Uint8Array): unknown => JSON.parse(utf8.decode(bytes));

const envelopeOf = (bytes: Uint8Array): t.TypeOf<typeof ClientEnvelope> | null => {
  let value: unknown;
  try {
    value = parse(bytes);
  } catch {
    return null;
  }
  // A codec can't tell an absent `d` from any other unknown value.
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'd')) return null;
  const envelope = ClientEnvelope.decode(value);
  return isLeft(envelope) || !EVENT_NAME.test(envelope.right.t) ? null : envelope.right;
};

export const decodeIngress = ({
  bytes,
  window,
  now,
  frameBytesMax,
}: {
  readonly bytes: Uint8Array;
  readonly window: IngressWindow;
  readonly now: number; // Monotonic milliseconds
  readonly frameBytesMax: number;
}): Ingress | IngressRefusal => {
  if (bytes.byteLength > frameBytesMax) return refused('event_too_large');
  if (!window.admit(now)) return refused('ingress_rate_limited');
  const envelope = envelopeOf(bytes);
  if (envelope === null) return refused('invalid_envelope');
  switch (envelope.t) {
    case 'subscribe': {
      const data = SubscribeData.decode(envelope.d);
      return isLeft(data)
        ? refused('invalid_subscribe_payload')
        : { type: 'subscribe', data: data.right };
    }
    case 'message_create': {
      const data = MessageCreateData.decode(envelope.d);
      if (isLeft(data)) return refused('invalid_message_create_payload');
      const { nonce, attachment_ids: attachmentIds } = data.right;
      return (nonce !== undefined && !NONCE.test(nonce)) ||
        (attachmentIds?.length ?? 0) > ATTACHMENTS_MAX
        ? refused('invalid_message_create_payload')
        : { type: 'message_create', data: data.right };
    }
    case 'resume': {
      const data = ResumeData.decode(envelope.d);
      return isLeft(data)
        ? refused('invalid_resume_payload')
        : { type: 'resume', data: data.right };
    }
    default:
      return refused('unknown_event');
  }
};
