/** The bytes of one log as they come, from its files. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { followBytesOnDisk, type LogBytes } from '../src/index.ts';
import { openRunner, sh } from './rig/project.ts';

interface Given {
  readonly bytes: Buffer;
  readonly missingBytes: number;
}

async function readAll(pieces: AsyncIterable<LogBytes>): Promise<Given> {
  const chunks: Buffer[] = [];
  let missingBytes = 0;
  for await (const piece of pieces) {
    if ('bytes' in piece) chunks.push(Buffer.from(piece.bytes));
    else missingBytes += piece.missingBytes;
  }
  return { bytes: Buffer.concat(chunks), missingBytes };
}

/** 1,000 lines of 100 bytes. */
const LINES = 'seq -f "%099.0f" 1000';

suite('the bytes of a log', () => {
  test('come whole over rotated files, also of a task that has no folder yet, and end with the run', async (t) => {
    const runner = await openRunner(t, { job: { ...sh(`${LINES}; printf 'a\\377b'`), log: { maxSize: '1KiB', keep: 1_000 } } });
    const ended = new Promise<void>((resolve) => {
      runner.on('task.changed', ({ to }) => void (to.phase === 'settled' && resolve()));
    });
    const reading = readAll(followBytesOnDisk(runner.paths, 'job', 'stdout', ended));
    await runner.run('job');
    const { bytes, missingBytes } = await reading;
    const lines = Array.from({ length: 1_000 }, (_, index) => `${String(index + 1).padStart(99, '0')}\n`).join('');
    assert.equal(missingBytes, 0);
    assert.ok(bytes.equals(Buffer.from(`${lines}a\xffb`, 'latin1')), `${bytes.length} bytes`);
  });

  test('are those written after the call, and what was rotated away before it was read is counted', async (t) => {
    const runner = await openRunner(t, { job: { ...sh(LINES), rotatePrevious: false, log: { maxSize: '2KiB', keep: 1 } } });
    await runner.run('job');
    const pieces = followBytesOnDisk(runner.paths, 'job', 'stdout', Promise.resolve());
    await runner.run('job');
    const { bytes, missingBytes } = await readAll(pieces);
    assert.ok(missingBytes > 0);
    assert.equal(bytes.length + missingBytes, 100_000);
    assert.ok(bytes.toString().endsWith('1000\n'));
  });

  test('end at once where nothing more is written', async (t) => {
    const runner = await openRunner(t, { job: sh('echo before') });
    await runner.run('job');
    assert.deepEqual(await readAll(followBytesOnDisk(runner.paths, 'job', 'stdout', Promise.resolve())), {
      bytes: Buffer.alloc(0),
      missingBytes: 0,
    });
  });
});
