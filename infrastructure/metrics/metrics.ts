// Counters under the names of base contract 6.3 and gauges of our own, in one registry per server.
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type Metrics } from '../../application/metrics.ts';

// Label values come from closed sets of ours; should one ever not, it costs this many series and no more.
export const LABEL_VALUES_MAX = 256; // Routes are the most: one value each
const OTHER = 'other';

/** Lets the first values through and counts all later ones as one. */
const bounded = (): ((value: string) => string) => {
  const seen = new Set<string>();
  return (value) => {
    if (seen.has(value)) return value;
    if (seen.size >= LABEL_VALUES_MAX) return OTHER;
    seen.add(value);
    return value;
  };
};

type Count = (values: readonly string[], by?: number) => void;

export type ServerMetrics = Metrics & {
  readonly httpAnswer: (route: string, status: number, seconds: number) => void;
  /** Adds a gauge that is read when somebody looks; give it a `filament_` name. */
  readonly gauge: (name: string, help: string, read: () => number | Promise<number>) => void;
  /** The Prometheus text format, version 0.0.4. */
  readonly text: () => Promise<string>;
};

const counterIn =
  (registry: Registry) =>
  (name: string, help: string, labelNames: readonly string[]): Count => {
    const counter = new Counter({ name, help, labelNames, registers: [registry] });
    const bounds = labelNames.map(() => bounded());
    const series = new Map<string, Counter.Internal>();
    return (values, by = 1) => {
      const key = values.join('\n');
      let one = series.get(key);
      if (one === undefined) {
        const kept = bounds.map((bound, i) => bound(values[i] ?? OTHER));
        one = counter.labels(...kept);
        // Past the bound the same few children serve every name, so names are not remembered.
        if (series.size < LABEL_VALUES_MAX ** 2 && kept.join('\n') === key) series.set(key, one);
      }
      one.inc(by);
    };
  };

const addProcessGauges = (gauge: ServerMetrics['gauge']): void => {
  gauge('filament_process_resident_memory_bytes', 'Resident memory of the server process.', () =>
    process.memoryUsage.rss(),
  );
  gauge(
    'filament_process_heap_used_bytes',
    'JavaScript heap in use.',
    () => process.memoryUsage().heapUsed,
  );
  gauge('filament_process_cpu_seconds', 'CPU time used since the start.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  gauge('filament_process_uptime_seconds', 'Time since the start.', () => process.uptime());
  let last = performance.eventLoopUtilization();
  gauge(
    'filament_event_loop_utilization',
    'Share of time the event loop was busy since the last look.',
    () => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, last);
      last = now;
      return utilization;
    },
  );
};

const contractCounters = (counter: ReturnType<typeof counterIn>) => {
  // Declared for its HELP and TYPE lines; voice comes with a later part.
  counter('filament_voice_sync_repairs_total', 'Voice rosters sent again to repair a client.', [
    'reason',
  ]);
  return {
    authFailures: counter('filament_auth_failures_total', 'Requests refused for who sent them.', [
      'reason',
    ]),
    rateLimitHits: counter(
      'filament_rate_limit_hits_total',
      'Requests refused by a limiter of their route.',
      ['surface', 'reason'],
    ),
    disconnects: counter('filament_ws_disconnects_total', 'Gateway connections ended, by cause.', [
      'reason',
    ]),
    emitted: counter(
      'filament_gateway_events_emitted_total',
      'Gateway events delivered, one per connection.',
      ['scope', 'event_type'],
    ),
    dropped: counter('filament_gateway_events_dropped_total', 'Gateway events not delivered.', [
      'scope',
      'event_type',
      'reason',
    ]),
    unknownReceived: counter(
      'filament_gateway_events_unknown_received_total',
      'Inbound gateway events of unknown type.',
      ['scope', 'event_type'],
    ),
    parseRejected: counter(
      'filament_gateway_events_parse_rejected_total',
      'Inbound gateway events that could not be read.',
      ['scope', 'reason'],
    ),
  };
};

/** Makes the metrics of one server. */
export const createMetrics = (): ServerMetrics => {
  const registry = new Registry();
  const counter = counterIn(registry);
  const contract = contractCounters(counter);
  const answers = counter('filament_http_answers_total', 'Answers of HTTP routes.', [
    'route',
    'status',
  ]);
  const seconds = new Histogram({
    name: 'filament_http_request_seconds',
    help: 'Time from the headers of a request to its answer.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers: [registry],
  });
  const gauge: ServerMetrics['gauge'] = (name, help, read) => {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.set(await read());
      },
    });
  };
  addProcessGauges(gauge);
  return {
    authFailure: (reason) => contract.authFailures([reason]),
    rateLimitHit: () => contract.rateLimitHits(['http', 'auth_failure']),
    gatewayDisconnect: (reason) => contract.disconnects([reason]),
    gatewayEmitted: (scope, eventType, deliveries) =>
      contract.emitted([scope, eventType], deliveries),
    gatewayDropped: (scope, eventType, reason) => contract.dropped([scope, eventType, reason]),
    // The type is text of the client's choosing, so it never becomes a label.
    gatewayUnknownReceived: () => contract.unknownReceived(['ingress', 'unknown']),
    gatewayParseRejected: (reason) => contract.parseRejected(['ingress', reason]),
    httpAnswer: (route, status, took) => {
      answers([route, String(status)]);
      seconds.observe(took);
    },
    gauge,
    text: () => registry.metrics(),
  };
};
