/** State files: whole or not at all, ours or refused. */
import assert from 'node:assert/strict';
import { closeSync, lstatSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { OwnedDir, UnsafePathError } from '../../src/util/owned-dir.ts';
import {
  createOwnedFile,
  overwriteOpenFile,
  overwriteOwnedFile,
  readOwnedEnd,
  readOwnedEndAsync,
  readOwnedFile,
  writeOwnedFile,
} from '../../src/util/owned-file.ts';
import { atEnd } from '../rig/cleanup.ts';
import { PLANTS } from '../rig/planted.ts';
import { tempDir } from '../rig/project.ts';

for (const durable of [false, true]) {
  test(`what was written ${durable ? 'durably ' : ''}is read, replaces what was there, and leaves no other file`, (t) => {
    const dir = OwnedDir.open(tempDir(t));
    atEnd(t, () => dir.close());
    assert.equal(readOwnedFile(dir, 'state'), undefined);
    for (const text of ['a longer first text é', 'short', '']) {
      writeOwnedFile(dir, 'state', text, durable);
      assert.equal(readOwnedFile(dir, 'state'), text);
    }
    assert.deepEqual(readdirSync(dir.path), ['state']);
    assert.equal(lstatSync(join(dir.path, 'state')).mode & 0o777, 0o600);
  });
}

test('case 33: whoever had the file open before keeps the old text whole: a write is a new file, not a change', (t) => {
  const dir = OwnedDir.open(tempDir(t));
  atEnd(t, () => dir.close());
  writeOwnedFile(dir, 'state', 'old');
  const before = lstatSync(join(dir.path, 'state')).ino;
  writeOwnedFile(dir, 'state', 'new');
  assert.notEqual(lstatSync(join(dir.path, 'state')).ino, before);
});

test('a text written over another is in the same file, and what lies behind it stays', (t) => {
  const dir = OwnedDir.open(tempDir(t));
  atEnd(t, () => dir.close());
  assert.throws(() => overwriteOwnedFile(dir, 'state', 'new'), { code: 'ENOENT' });
  writeOwnedFile(dir, 'state', 'old text');
  const { ino } = lstatSync(join(dir.path, 'state'));
  closeSync(overwriteOwnedFile(dir, 'state', 'new'));
  assert.equal(readOwnedFile(dir, 'state'), 'new text');
  assert.equal(lstatSync(join(dir.path, 'state')).ino, ino);
});

for (const [kind, plant] of Object.entries(PLANTS)) {
  test(`${kind} is not written over, and not touched`, async (t) => {
    const dir = OwnedDir.open(tempDir(t));
    atEnd(t, () => dir.close());
    const planted = await plant(t, join(dir.path, 'state'));
    assert.throws(() => overwriteOwnedFile(dir, 'state', 'new'));
    planted.assertUntouched();
  });
}

test('case 33: a temporary file that a crash left behind is written over', (t) => {
  const dir = OwnedDir.open(tempDir(t));
  atEnd(t, () => dir.close());
  writeFileSync(join(dir.path, '.state.new'), 'half a tex and much more', { mode: 0o600 });
  writeOwnedFile(dir, 'state', 'whole');
  assert.equal(readFileSync(join(dir.path, 'state'), 'utf8'), 'whole');
  assert.deepEqual(readdirSync(dir.path), ['state']);
});

for (const [kind, plant] of Object.entries(PLANTS)) {
  for (const name of ['state', '.state.new']) {
    test(`${kind} planted at ${name} refuses the write, and is not touched; what was there stays`, async (t) => {
      const dir = OwnedDir.open(tempDir(t));
      atEnd(t, () => dir.close());
      if (name !== 'state') writeOwnedFile(dir, 'state', 'old');
      const planted = await plant(t, join(dir.path, name));
      assert.throws(
        () => writeOwnedFile(dir, 'state', 'new'),
        (error) => error instanceof UnsafePathError && error.path === join(dir.path, name),
      );
      planted.assertUntouched();
      if (name === 'state') assert.throws(() => readOwnedFile(dir, 'state'), UnsafePathError);
      else assert.equal(readOwnedFile(dir, 'state'), 'old');
    });
  }
}

test('a file that is open is written over as long as it has its name', (t) => {
  const dir = OwnedDir.open(tempDir(t));
  atEnd(t, () => dir.close());
  const fd = createOwnedFile(dir, 'state', 'old text');
  atEnd(t, () => closeSync(fd));
  assert.equal(overwriteOpenFile(fd, 'new'), true);
  assert.equal(readOwnedFile(dir, 'state'), 'new text');
  dir.remove('state');
  assert.equal(overwriteOpenFile(fd, 'lost'), false);
  assert.equal(readOwnedFile(dir, 'state'), undefined);
});

test('the end of a file is read, all of it where it is no longer, at once or off the event loop', async (t) => {
  const dir = OwnedDir.open(tempDir(t));
  atEnd(t, () => dir.close());
  const both = async (maxBytes: number) => [readOwnedEnd(dir, 'state', maxBytes), await readOwnedEndAsync(dir, 'state', maxBytes)];
  assert.deepEqual(await both(10), [undefined, undefined]);
  writeOwnedFile(dir, 'state', 'one\ntwo\n');
  assert.deepEqual(await both(4), ['two\n', 'two\n']);
  assert.deepEqual(await both(100), ['one\ntwo\n', 'one\ntwo\n']);
  writeOwnedFile(dir, 'state', '');
  assert.deepEqual(await both(100), ['', '']);
});
