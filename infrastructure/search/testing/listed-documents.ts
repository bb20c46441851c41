import * as t from 'io-ts';
import { type ElasticClient } from '../elasticsearch/elastic-client.ts';

const Page = t.type({
  hits: t.type({
    hits: t.readonlyArray(
      t.type({ _id: t.string, _version: t.number, sort: t.readonlyArray(t.string) }),
    ),
  }),
});
const PAGE = 5_000;

/** Ids and versions of all documents, in order. */
export const listElasticDocuments = async (
  client: ElasticClient,
  index: string,
): Promise<readonly string[]> => {
  const documents: string[] = [];
  let after: readonly string[] | undefined;
  for (;;) {
    const { hits } = await client.ask({
      ...{ method: 'POST' as const, path: `/${index}/_search`, answer: Page, timeoutMs: 10_000 },
      body: {
        ...{ size: PAGE, version: true, query: { match_all: {} }, sort: [{ message: 'asc' }] },
        ...(after && { search_after: after }),
      },
    });
    documents.push(...hits.hits.map(({ _id, _version }) => `${_id} ${_version}`));
    after = hits.hits.at(-1)?.sort;
    if (hits.hits.length < PAGE) return documents;
  }
};
