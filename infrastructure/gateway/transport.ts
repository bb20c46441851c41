import { type Limits } from '../../application/limits.ts';
import { createUwsTransport, isNativeLoaded } from './transport-uws.ts';
import { createWsTransport } from './transport-ws.ts';
import { type WebSocketPort } from './web-socket-port.ts';

/**
 * The fastest WebSocket server there is for this Node. Where `implementation` is `javascript`, say so loudly at start:
 * deliveries cost several times as much.
 */
export const createTransport = (limits: Limits): WebSocketPort => {
  const transportLimits = {
    // A little more than the gateway's own limit, so that one byte too many is still counted by the gateway itself.
    payloadBytesMax: limits.gatewayFrameBytesMax + 1024,
    // The hard end for a peer that does not read; see slow-consumers.ts for the softer one before it.
    backpressureBytesMax: 2 * limits.gatewayOutboundBytesMax,
  };
  return isNativeLoaded()
    ? createUwsTransport(transportLimits)
    : createWsTransport(transportLimits);
};
