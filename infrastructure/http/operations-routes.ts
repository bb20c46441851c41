// Routes about the server itself (base contract 2.1 and our own health detail).
import { setTimeout as after } from 'node:timers/promises';
import { left, right } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { ClientConfig } from '../../application/contract/answers.ts';
import { closed } from '../../application/contract/closed.ts';
import { answered, route, type Route } from './route.ts';

const SLOW_MS = 200;
const CHECK_MS_MAX = 2_000;

export type ReadinessCheck = {
  readonly name: string; // `database`, `log`, `projections`
  readonly isReady: () => Promise<boolean>;
};

/** Names of the checks that fail, throw or take too long. */
const failing = async (checks: readonly ReadinessCheck[]): Promise<readonly string[]> => {
  const verdicts = await Promise.all(
    checks.map(({ isReady }) =>
      Promise.race([isReady().catch(() => false), after(CHECK_MS_MAX, false, { ref: false })]),
    ),
  );
  return checks.filter((_check, i) => verdicts[i] !== true).map(({ name }) => name);
};

const HealthAnswer = t.strict({ status: t.literal('ok') });
const Unready = t.strict({
  status: t.literal('unavailable'),
  failing: t.readonlyArray(t.string),
});
const EchoAnswer = t.strict({ message: t.string });

const OK = { status: 'ok' };

const healthRoutes = (readiness: readonly ReadinessCheck[]): readonly Route[] => [
  route({
    method: 'GET',
    url: '/health',
    auth: 'none',
    summary: 'Whether the process serves.',
    answer: HealthAnswer,
    failures: [],
    handle: () => Promise.resolve(answered(OK)),
  }),
  route({
    method: 'GET',
    url: '/health/live',
    auth: 'none',
    summary: 'Whether the process serves, for probes.',
    answer: HealthAnswer,
    failures: [],
    handle: () => Promise.resolve(answered(OK)),
  }),
  route({
    method: 'GET',
    url: '/health/ready',
    auth: 'none',
    summary: 'Whether everything that requests need works.',
    answer: HealthAnswer,
    failures: [],
    otherAnswers: { 503: Unready },
    handle: async () => {
      const reasons = await failing(readiness);
      return reasons.length === 0
        ? answered(OK)
        : right({
            status: 503,
            answer: { status: 'unavailable', failing: reasons },
            position: null,
          });
    },
  }),
];

export const operationsRoutes = ({
  metricsText,
  readiness,
  clientConfig,
}: {
  readonly metricsText: () => Promise<string>;
  readonly readiness: readonly ReadinessCheck[];
  readonly clientConfig: () => t.OutputOf<typeof ClientConfig>;
}): readonly Route[] => [
  ...healthRoutes(readiness),
  route({
    method: 'GET',
    url: '/metrics',
    auth: 'none',
    summary: 'Counters and gauges in the text format of Prometheus.',
    answer: 'text',
    failures: [],
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    handle: async () => answered(await metricsText()),
  }),
  route({
    method: 'POST',
    url: '/echo',
    auth: 'none',
    summary: 'Sends back what it got.',
    answer: EchoAnswer,
    failures: [],
    otherAnswers: { 400: null },
    body: closed({ message: t.string }, {}),
    handle: ({ body }) =>
      Promise.resolve(
        body.message === ''
          ? right({ status: 400, answer: undefined, position: null })
          : answered({ message: body.message }),
      ),
  }),
  route({
    method: 'GET',
    url: '/slow',
    auth: 'none',
    summary: 'Answers after 200 ms, for tests of timeouts.',
    answer: HealthAnswer,
    failures: [],
    handle: () => after(SLOW_MS, answered(OK)),
  }),
  route({
    method: 'GET',
    url: '/client-config',
    auth: 'none',
    summary: 'What a client needs to know before signing in.',
    answer: ClientConfig,
    failures: [],
    handle: () => Promise.resolve(answered(clientConfig())),
  }),
  // A plain request, not an upgrade, to the gateway's path.
  route({
    method: 'GET',
    url: '/gateway/ws',
    auth: 'none',
    summary: 'The gateway’s WebSocket; a request that asks for no upgrade is refused.',
    answer: null,
    failures: [],
    handle: () => Promise.resolve(left({ type: 'Invalid' })),
  }),
];
