import { createMetrics, LABEL_VALUES_MAX } from './metrics.ts';

const CONTRACT = [
  'filament_auth_failures_total',
  'filament_rate_limit_hits_total',
  'filament_ws_disconnects_total',
  'filament_gateway_events_emitted_total',
  'filament_gateway_events_dropped_total',
  'filament_gateway_events_unknown_received_total',
  'filament_gateway_events_parse_rejected_total',
  'filament_voice_sync_repairs_total',
];

describe('the metrics', () => {
  it('show HELP and TYPE of every contract name, and no series before a first count', async () => {
    const lines = (await createMetrics().text()).split('\n');
    for (const name of CONTRACT) {
      expect(lines.some((line) => line.startsWith(`# HELP ${name} `))).toBe(true);
      expect(lines).toContain(`# TYPE ${name} counter`);
      expect(lines.some((line) => line.startsWith(`${name}{`))).toBe(false);
    }
  });

  it('count under the labels of the contract', async () => {
    const metrics = createMetrics();
    metrics.authFailure('unauthorized');
    metrics.authFailure('unauthorized');
    metrics.rateLimitHit();
    metrics.gatewayEmitted('channel', 'message_create', 3);
    metrics.gatewayUnknownReceived();
    const text = await metrics.text();
    expect(text).toContain('filament_auth_failures_total{reason="unauthorized"} 2');
    expect(text).toContain(
      'filament_rate_limit_hits_total{surface="http",reason="auth_failure"} 1',
    );
    expect(text).toContain(
      'filament_gateway_events_emitted_total{scope="channel",event_type="message_create"} 3',
    );
    expect(text).toContain(
      'filament_gateway_events_unknown_received_total{scope="ingress",event_type="unknown"} 1',
    );
  });

  it('keep the number of series bounded whatever they are given', async () => {
    const metrics = createMetrics();
    for (let i = 0; i < LABEL_VALUES_MAX * 3; i += 1) metrics.gatewayDisconnect(`reason_${i}`);
    const series = (await metrics.text())
      .split('\n')
      .filter((line) => line.startsWith('filament_ws_disconnects_total{'));
    expect(series).toHaveLength(LABEL_VALUES_MAX + 1);
    expect(series).toContain(
      `filament_ws_disconnects_total{reason="other"} ${LABEL_VALUES_MAX * 2}`,
    );
  });

  it('read gauges when asked', async () => {
    const metrics = createMetrics();
    let lag = 1;
    metrics.gauge('filament_projection_lag', 'Events not yet applied.', () => Promise.resolve(lag));
    lag = 7;
    expect(await metrics.text()).toContain('filament_projection_lag 7');
  });
});
