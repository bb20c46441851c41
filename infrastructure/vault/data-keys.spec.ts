import { createDataKeys, SALT_BYTES } from './data-keys.ts';
import { createMemorySalts } from './testing/memory-salts.ts';

const masterKey = Buffer.alloc(32, 1);
const scope = 'message:1';
const keyOf = async (keys: ReturnType<typeof createDataKeys>) =>
  (await keys.keysOf(new Set([scope]))).get(scope);

describe('data keys', () => {
  it('are found again by their scope', async () => {
    const salts = createMemorySalts();
    const { key, write } = createDataKeys({ masterKey, salts }).fresh(scope);
    salts.apply([write]);
    expect(write).toMatchObject({ kind: 'data_key', scope });
    expect(key).toHaveLength(32);
    expect(await keyOf(createDataKeys({ masterKey, salts }))).toEqual(key);
  });

  it('depend on the salt, the scope and the master key', () => {
    const find = () => Promise.resolve(new Map());
    const salts = { ...createMemorySalts(), find };
    const one = createDataKeys({ masterKey, salts });
    expect(one.fresh(scope).key).not.toEqual(one.fresh(scope).key);
  });

  it('are another for another master key', async () => {
    const salt = Buffer.alloc(SALT_BYTES);
    const find = (scopes: readonly string[]) =>
      Promise.resolve(new Map(scopes.map((s) => [s, salt])));
    const salts = { ...createMemorySalts(), find };
    const first = await keyOf(createDataKeys({ masterKey, salts }));
    expect(await keyOf(createDataKeys({ masterKey: Buffer.alloc(32, 2), salts }))).not.toEqual(
      first,
    );
  });

  it('are kept at hand, and not after their destruction', async () => {
    const salts = createMemorySalts();
    const keys = createDataKeys({ masterKey, salts });
    salts.apply([keys.fresh(scope).write]);
    expect(keys.cached(scope)).toBeUndefined();
    await keyOf(keys);
    await keyOf(keys);
    expect(salts.finds()).toBe(1);
    expect(keys.cached(scope)).toBeDefined();
    await keys.destroy(scope);
    expect(keys.cached(scope)).toBeUndefined();
    expect(await keyOf(keys)).toBeUndefined();
  });

  it('do not come back by a query that was under way when they were destroyed', async () => {
    const salts = createMemorySalts();
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const slow = {
      ...salts,
      find: async (scopes: readonly string[]) => {
        const found = await salts.find(scopes);
        await held;
        return found;
      },
    };
    const keys = createDataKeys({ masterKey, salts: slow });
    salts.apply([keys.fresh(scope).write]);
    const reading = keyOf(keys);
    await keys.destroy(scope);
    release();
    await reading;
    expect(keys.cached(scope)).toBeUndefined();
  });

  it('at hand are bounded', async () => {
    const salts = createMemorySalts();
    const keys = createDataKeys({ masterKey, salts, cacheMax: 2 });
    const scopes = ['a:1', 'b:1', 'c:1'];
    for (const each of scopes) salts.apply([keys.fresh(each).write]);
    await keys.keysOf(new Set(scopes));
    expect(scopes.map((each) => keys.cached(each) === undefined)).toEqual([true, false, false]);
  });
});
