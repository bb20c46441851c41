// Every way in which a file of a backup can be other than what was written is seen.
import { mkdtemp, readFile, rm, writeFile as write } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { BackupDamaged } from './backup-damaged.ts';
import { readPart, writePart, type OutgoingSection, type Section } from './part-stream.ts';
import { openSealed, seal, writeFile } from './sealed-file.ts';

const KEY = Buffer.alloc(32, 7);
const NAME = 'backup/log';

async function* stream(...pieces: readonly Buffer[]) {
  for (const piece of pieces) yield await Promise.resolve(piece);
}
async function* sections(all: readonly { section: Section; bytes: readonly Buffer[] }[]) {
  for (const { section, bytes } of all) {
    const outgoing: OutgoingSection = { section, bytes: stream(...bytes) };
    yield await Promise.resolve(outgoing);
  }
}

describe('a file of a backup', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'filament-backup-'));
    file = path.join(folder, 'log.part');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const read = async (key = KEY, name = NAME) => {
    const found: { section: Section; text: string }[] = [];
    await readPart(openSealed(file, key, name), async (section, bytes) => {
      let text = '';
      for await (const piece of bytes) text += piece.toString('latin1');
      found.push({ section, text });
    });
    return found;
  };
  const save = (all: Parameters<typeof sections>[0]) =>
    writeFile(
      file,
      seal(
        writePart(sections(all), () => {}),
        KEY,
        NAME,
      ),
    );

  it('gives back what went in, however it was cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.uint8Array({ maxLength: 100_000, size: 'max' }), { maxLength: 3 }), {
          maxLength: 4,
        }),
        async (contents) => {
          await rm(file, { force: true });
          const all = contents.map((pieces, index) => ({
            section: { kind: 'file' as const, name: `file-${index}` },
            bytes: pieces.map((bytes) => Buffer.from(bytes)),
          }));
          await save(all);
          expect(await read()).toEqual(
            all.map(({ section, bytes }) => ({
              section,
              text: Buffer.concat(bytes).toString('latin1'),
            })),
          );
        },
      ),
      { numRuns: 30 },
    );
  });

  const small = [
    {
      section: { kind: 'table' as const, name: 'log.events', columns: ['position'] },
      bytes: [Buffer.from('1\ta\n2\tb\n')],
    },
  ];

  it('opens with its own key and name only', async () => {
    await save(small);
    await expect(read(Buffer.alloc(32, 8))).rejects.toThrow(BackupDamaged);
    await expect(read(KEY, 'backup/vault')).rejects.toThrow(BackupDamaged);
    expect(await read()).toHaveLength(1);
  });

  it('is refused with any byte flipped, and cut off anywhere', async () => {
    await save(small);
    const whole = await readFile(file);
    for (let at = 0; at < whole.length; at += 1) {
      const flipped = Buffer.from(whole);
      flipped.writeUInt8(flipped.readUInt8(at) ^ 1, at);
      await write(file, flipped);
      await expect(read()).rejects.toThrow(BackupDamaged);
      await write(file, whole.subarray(0, at));
      await expect(read()).rejects.toThrow(BackupDamaged);
    }
    await write(file, Buffer.concat([whole, Buffer.from('x')]));
    await expect(read()).rejects.toThrow(BackupDamaged);
  });
});
