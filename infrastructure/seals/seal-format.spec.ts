import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { createTree, leafHash, type LogEvent } from './seal-format.ts';

const sha256 = (hex: string): string =>
  createHash('sha256').update(Buffer.from(hex, 'hex')).digest('hex');

// RFC 6962, section 2.1, word for word.
const treeHash = (leaves: readonly string[]): string => {
  if (leaves.length === 1) return leaves[0]!;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha256(`01${treeHash(leaves.slice(0, k))}${treeHash(leaves.slice(k))}`);
};
const rootOf = (leaves: readonly string[]): string => {
  const tree = createTree();
  leaves.forEach(tree.add);
  return tree.root();
};

const event: LogEvent = {
  position: '00000000000000000007',
  stream: 'message-1',
  revision: 3,
  eventId: '0198c0de-0000-7000-8000-000000000001',
  type: 'MessagePosted',
  version: 1,
  scope: 'g:1',
  actor: 'user:1',
  correlationId: '0198c0de-0000-7000-8000-000000000002',
  causationId: null,
  recordedAt: 1_767_268_800_000,
  payload: '{"content":"é🪶"}',
};

describe('the tree', () => {
  it('gives the roots that Certificate Transparency publishes for its test leaves', () => {
    const data = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657'];
    const leaves = [...data, '606162636465666768696a6b6c6d6e6f'].map((hex) => sha256(`00${hex}`));
    expect(rootOf(leaves.slice(0, 1))).toBe(
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    );
    expect(rootOf(leaves)).toBe('5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328');
  });

  it('is that of RFC 6962 for any number of leaves', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (count) => {
        const leaves = Array.from({ length: count }, (_, n) =>
          sha256(n.toString(16).padStart(4, '0')),
        );
        return rootOf(leaves) === treeHash(leaves);
      }),
    );
  });
});

describe('the hash of an event', () => {
  // Never change this: it would make every seal ever made wrong.
  it('is what it was when the first seals were made', () => {
    expect(leafHash(event)).toBe(
      '26217f9b60a26e4049cd509b486f60d5e775f883b2823b3bffd331687c3146d6',
    );
  });

  it('is made over each field behind its length', () => {
    const texts = [event.position, event.stream, '3', event.eventId, event.type, '1', 'g:1'];
    texts.push('user:1', event.correlationId, '\u0000null', '1767268800000', event.payload);
    const parts = texts.map((text) => {
      const bytes = text === '\u0000null' ? Buffer.alloc(0) : Buffer.from(text, 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32BE(text === '\u0000null' ? 0xffffffff : bytes.length);
      return Buffer.concat([length, bytes]);
    });
    const bytes = Buffer.concat([Buffer.from([0]), ...parts]);
    expect(leafHash(event)).toBe(sha256(bytes.toString('hex')));
  });

  it('is another when any field is another, null and empty told apart', () => {
    const text = fc.string({ unit: 'binary', maxLength: 12 });
    const texts = fc.record({ stream: text, type: text, actor: text, payload: text });
    const nullable = fc.record({ scope: fc.option(text), causationId: fc.option(text) });
    const numbers = fc.record({ revision: fc.nat(), version: fc.nat(), recordedAt: fc.nat() });
    const events = fc
      .tuple(texts, nullable, numbers)
      .map(([a, b, c]): LogEvent => ({ ...event, ...a, ...b, ...c }));
    fc.assert(
      fc.property(
        events,
        events,
        (a, b) => (leafHash(a) === leafHash(b)) === (JSON.stringify(a) === JSON.stringify(b)),
      ),
    );
  });
});
