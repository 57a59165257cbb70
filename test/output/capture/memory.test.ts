/** A task that does not persist its output: the last 1 MiB of each log, and nothing on disk. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MemoryLog } from '../../../src/output/capture/memory-log.ts';
import type { LogKind } from '../../../src/output/layout.ts';
import { Rig, runChild } from './rig.ts';

const IN_MEMORY = { dir: null } as const;
const kept = (rig: Rig, kind: LogKind): { offset: number; text: string } => {
  const { offset, bytes } = rig.session.memory('web', kind);
  return { offset, text: Buffer.from(bytes).toString() };
};

test('any pieces: the log holds the last bytes and knows where they begin', () => {
  const bytes = fc.array(fc.uint8Array({ maxLength: 9000 }), { maxLength: 12 });
  fc.assert(
    fc.property(bytes, fc.integer({ min: 1, max: 20_000 }), (pieces, maxBytes) => {
      const log = new MemoryLog(maxBytes);
      for (const piece of pieces) assert.equal(log.append(Buffer.from(piece), 0, piece.length), 0);
      const all = Buffer.concat(pieces);
      const offset = Math.max(0, all.length - maxBytes);
      assert.deepEqual(log.read(), { offset, bytes: new Uint8Array(all.subarray(offset)) });
      assert.equal(log.endBytes, all.length);
    }),
  );
});

test('without a directory nothing is written to disk, and all three logs are kept', async (t) => {
  const rig = new Rig(t);
  const { pipes, run } = rig.attach(IN_MEMORY);
  pipes.stdout.write('out\n');
  await rig.read(4);
  pipes.stderr.write('err\n');
  pipes.end();
  await rig.ended(run);
  assert.deepEqual(kept(rig, 'stdout'), { offset: 0, text: 'out\n' });
  assert.deepEqual(kept(rig, 'stderr'), { offset: 0, text: 'err\n' });
  assert.deepEqual(kept(rig, 'combined'), { offset: 0, text: '[stdout] out\n[stderr] err\n' });
  assert.equal(rig.has('.'), false);
});

test('of 5 MB the last 1 MiB stays, at its offset', async (t) => {
  const rig = new Rig(t);
  const pipes = rig.pipes();
  rig.session.attach(rig.request(pipes, { run: 'much', dir: null, combined: false }));
  await runChild(pipes, 'sh', ['-c', 'seq 1000000 1700000']);
  await rig.ended('much');
  const { offset, text } = kept(rig, 'stdout');
  assert.equal(offset, 700_001 * 8 - 1024 * 1024);
  assert.equal(text.length, 1024 * 1024);
  assert.ok(text.endsWith('\n1699999\n1700000\n'));
});

test('memory is kept over runs, emptied by a rotation while its offset counts on, and freed by forget', async (t) => {
  const rig = new Rig(t);
  for (const [text, rotate, wanted] of [
    ['one\n', false, { offset: 0, text: 'one\n' }],
    ['two\n', false, { offset: 0, text: 'one\ntwo\n' }],
    ['three\n', true, { offset: 8, text: 'three\n' }],
  ] as const) {
    const { pipes, run } = rig.attach({ dir: null, rotate });
    pipes.stdout.write(text);
    pipes.end();
    await rig.ended(run);
    assert.deepEqual(kept(rig, 'stdout'), wanted);
  }
  rig.session.forget('web');
  assert.deepEqual(kept(rig, 'stdout'), { offset: 0, text: '' });
});
