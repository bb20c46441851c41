// The architecture as a list: imports point infrastructure → projections → application → domain, clients → application/contract.
const layer = (from, allowed) => ({
  name: `${from}-imports-only-${allowed.join('-').replaceAll('/', '.') || 'itself'}`,
  severity: 'error',
  from: { path: `^${from}/` },
  to: {
    path: '^(domain|application|projections|infrastructure|clients)/',
    pathNot: `^(${[from, ...allowed].join('|')})/`,
  },
});

module.exports = {
  forbidden: [
    layer('domain', []),
    layer('application', ['domain']),
    layer('projections', ['application', 'domain']),
    layer('infrastructure', ['projections', 'application', 'domain']),
    layer('clients', ['application/contract']),
    {
      name: 'domain-is-pure',
      severity: 'error',
      from: { path: '^domain/', pathNot: '\\.spec\\.ts$|/testing/' },
      to: { pathNot: '^(domain/|node_modules/(fp-ts|io-ts)/)' },
    },
    {
      name: 'contract-is-for-clients-too',
      severity: 'error',
      from: { path: '^application/contract/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: '^(application/contract/|domain/|node_modules/(fp-ts|io-ts)/)' },
    },
    {
      name: 'uws-only-in-the-gateway-transport',
      severity: 'error',
      from: { pathNot: '^infrastructure/gateway/transport' },
      to: { path: 'uws-js-unofficial|uWebSockets' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
};
