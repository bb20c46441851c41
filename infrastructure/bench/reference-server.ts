// The least a request can cost on this machine: fastify, JSON in, JSON out, nothing else. A process of its own.
import { fastify } from 'fastify';

const app = fastify({ logger: false });
app.post('/echo', (request) => Promise.resolve(request.body));
const address = await app.listen({ host: '127.0.0.1', port: 0 });
console.log(`Filament is ready at ${address}`); // The line that startServer waits for.
