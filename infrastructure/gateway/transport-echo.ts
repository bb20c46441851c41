// Echoes over sockets that behave as the gateway's do, for the WebSocket cases of infra/probes.mjs. Only the sizes are
// larger: some of the cases send 16 MiB, which the gateway refuses.
import uWS from 'uWebSockets.js';
import { isNativeLoaded, socketSettings } from './transport-uws.ts';

const MIB = 1024 * 1024;

if (!isNativeLoaded()) {
  console.log('none');
} else {
  uWS
    .App()
    .ws('/*', {
      ...socketSettings({ payloadBytesMax: 32 * MIB, backpressureBytesMax: 64 * MIB }),
      message: (socket, bytes, isBinary) => {
        socket.send(bytes, isBinary, false);
      },
    })
    .listen('127.0.0.1', 0, (socket) => {
      if (!socket) throw new Error('The echo found no free port.');
      console.log(String(uWS.us_socket_local_port(socket)));
    });
}
