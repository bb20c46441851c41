import { type ContentKeys } from '../../application/blob/content-keys.ts';
import { type DataKeys } from './data-keys.ts';

/** The data keys as those see them who encrypt bytes. */
export const createContentKeys = (
  dataKeys: Pick<DataKeys, 'fresh' | 'keysOf' | 'destroy'>,
): ContentKeys => ({
  fresh: (scope) => ({ scope, ...dataKeys.fresh(scope) }),
  find: async (scope) => (await dataKeys.keysOf(new Set([scope]))).get(scope) ?? null,
  destroy: dataKeys.destroy,
});
