/** Locks on descriptors, which the kernel gives back whatever happens to their holder. */
import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { LockError, lockDescriptor } from '../../src/shim/lock.ts';
import { tempDir } from '../rig/project.ts';

function twoDescriptors(t: TestContext): [number, number] {
  const path = join(tempDir(t), 'lock');
  return [openSync(path, 'a+'), openSync(path, 'a+')];
}

test('the first descriptor gets the lock, the second does not, at once or after the time given', async (t) => {
  const [one, two] = twoDescriptors(t);
  assert.equal(await lockDescriptor(one, 0), true);
  assert.equal(await lockDescriptor(two, 0), false);
  assert.equal(await lockDescriptor(two, 1), false);
  assert.equal(await lockDescriptor(one, 0), true, 'its holder may ask again');
  closeSync(one);
  assert.equal(await lockDescriptor(two, 0), true);
  closeSync(two);
});

test('a wait for the lock ends when its holder closes it', async (t) => {
  const [one, two] = twoDescriptors(t);
  await lockDescriptor(one, 0);
  const waiting = lockDescriptor(two, 60_000);
  closeSync(one);
  assert.equal(await waiting, true);
  closeSync(two);
});

test('a descriptor that is not open is an error, not a lock', async () => {
  await assert.rejects(lockDescriptor(99_999, 0), { code: 'EBADF' });
});

test('without the flock command the error says what to install', async (t) => {
  const [fd, other] = twoDescriptors(t);
  const path = process.env['PATH'];
  process.env['PATH'] = tempDir(t);
  try {
    await assert.rejects(lockDescriptor(fd, 0), (error) => error instanceof LockError && /install util-linux/.test(error.message));
  } finally {
    process.env['PATH'] = path;
    closeSync(fd);
    closeSync(other);
  }
});
