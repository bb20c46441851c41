// The suite that both indexes pass, over a real Elasticsearch.
import { ELASTIC_TEST_URL } from '../../testing/elasticsearch-process.ts';
import { openElasticBackend } from '../testing/backends.ts';
import { describeExactness, describeWords } from '../testing/search-index-contract.ts';

const url = process.env[ELASTIC_TEST_URL] ?? '';
const describeIfThere = url === '' ? describe.skip : describe;

describeIfThere('what the index in Elasticsearch finds', () =>
  describeExactness(openElasticBackend(url, { shards: 2 }), { numRuns: 150 }),
);
describeIfThere('the words of the index in Elasticsearch', () =>
  describeWords(openElasticBackend(url)),
);
