/** The second ends of pipes that a runner holds for its tasks. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { PipeEnds } from '../../src/actors/pipe-ends.ts';
import { tempDir } from '../rig/project.ts';

const PLENTY = 1_000_000;

/** A folder with two FIFOs. */
function fifos(t: TestContext): { readonly dir: string; readonly names: readonly string[] } {
  const [dir, names] = [tempDir(t), ['one', 'two']];
  execFileSync(
    'mkfifo',
    names.map((name) => join(dir, name)),
  );
  return { dir, names };
}

const open = (): number => readdirSync('/proc/self/fd').length;

test('as long as they are held a writer whose reader is gone can write, and afterwards it cannot', (t) => {
  const { dir, names } = fifos(t);
  const ends = new PipeEnds(dir, names, PLENTY);
  const writer = openSync(join(dir, 'one'), constants.O_WRONLY | constants.O_NONBLOCK);
  assert.equal(writeSync(writer, 'kept'), 4);
  ends.close();
  ends.close();
  assert.throws(() => writeSync(writer, 'lost'), { code: 'EPIPE' });
  closeSync(writer);
});

test('where half of all descriptors are taken, or a pipe is missing, none is held, and it is said why', (t) => {
  const { dir, names } = fifos(t);
  const before = open();
  assert.throws(() => new PipeEnds(dir, names, 8), /half of the 8 descriptors of this process are taken; raise its limit/);
  assert.throws(() => new PipeEnds(dir, ['one', 'missing'], PLENTY), { code: 'ENOENT' });
  assert.equal(open(), before);
});
