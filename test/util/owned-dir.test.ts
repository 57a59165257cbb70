/** A directory of ours: what may be opened in it, with which mode, and what is refused untouched. */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, closeSync, constants, existsSync, lstatSync, mkdirSync } from 'node:fs';
import { readFileSync, readdirSync, renameSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { OwnedDir, UnsafePathError } from '../../src/util/owned-dir.ts';
import { atEnd } from '../rig/cleanup.ts';
import { PLANTS } from '../rig/planted.ts';
import { descriptorsOf } from '../rig/processes.ts';
import { tempDir } from '../rig/project.ts';

const { O_RDONLY, O_RDWR, O_WRONLY, O_CREAT, O_TRUNC, O_APPEND, O_EXCL } = constants;

const FLAGS = {
  'to read': O_RDONLY,
  'to append': O_WRONLY | O_CREAT | O_APPEND,
  'to write anew': O_WRONLY | O_CREAT | O_TRUNC,
  'to read and write': O_RDWR | O_CREAT,
};

const isRefusal = (error: unknown, path: string): boolean =>
  error instanceof UnsafePathError && error.code === 'EUNSAFE' && error.path === path && error.message.startsWith(path);

function open(t: TestContext): OwnedDir {
  const dir = OwnedDir.open(tempDir(t));
  atEnd(t, () => dir.close());
  return dir;
}

for (const [kind, plant] of Object.entries(PLANTS)) {
  test(`${kind} is refused however it is opened, named, left untouched, and no descriptor is kept`, async (t) => {
    const dir = open(t);
    const path = join(dir.path, 'file');
    const planted = await plant(t, path);
    const before = descriptorsOf(process.pid);
    for (const [how, flags] of Object.entries(FLAGS)) {
      assert.throws(
        () => dir.openFile('file', flags),
        (error) => isRefusal(error, path),
        how,
      );
      planted.assertUntouched();
    }
    assert.throws(() => dir.check('file'), UnsafePathError);
    assert.equal(descriptorsOf(process.pid), before);
  });
}

test('a file of another user is refused', { skip: process.geteuid?.() !== 0 && 'needs a file of another user' }, (t) => {
  const dir = open(t);
  writeFileSync(join(dir.path, 'file'), 'theirs');
  chownSync(join(dir.path, 'file'), 65534, 65534);
  assert.throws(() => dir.openFile('file', O_WRONLY | O_TRUNC), /belongs to user 65534/);
  assert.equal(readFileSync(join(dir.path, 'file'), 'utf8'), 'theirs');
});

test('files are 0600 and directories 0700 whatever the umask and whatever they were', (t) => {
  const dir = open(t);
  for (const umask of [0, 0o077, 0o777]) {
    const previous = process.umask(umask);
    try {
      closeSync(dir.openFile(`file-${umask}`, O_WRONLY | O_CREAT));
      if (umask !== 0o777) dir.dir(`dir-${umask}`).close();
    } finally {
      process.umask(previous);
    }
    assert.equal(lstatSync(join(dir.path, `file-${umask}`)).mode & 0o777, 0o600);
    if (umask !== 0o777) assert.equal(lstatSync(join(dir.path, `dir-${umask}`)).mode & 0o777, 0o700);
  }
  chmodSync(join(dir.path, 'file-0'), 0o666);
  closeSync(dir.openFile('file-0', O_RDONLY));
  assert.equal(lstatSync(join(dir.path, 'file-0')).mode & 0o777, 0o600);
});

test('opening to write anew empties a file of ours, and O_EXCL still refuses one', (t) => {
  const dir = open(t);
  writeFileSync(join(dir.path, 'file'), 'old and long');
  const fd = dir.openFile('file', O_WRONLY | O_CREAT | O_TRUNC);
  writeSync(fd, 'new');
  closeSync(fd);
  assert.equal(readFileSync(join(dir.path, 'file'), 'utf8'), 'new');
  assert.throws(() => dir.openFile('file', O_WRONLY | O_CREAT | O_EXCL), { code: 'EEXIST' });
  assert.throws(() => dir.openFile('absent', O_RDONLY), { code: 'ENOENT' });
});

test('case 34: a link, a file, a FIFO or a folder open to others is no directory of ours', (t) => {
  const parent = tempDir(t);
  symlinkSync(tempDir(t), join(parent, 'link'));
  writeFileSync(join(parent, 'file'), '');
  mkdirSync(join(parent, 'group'));
  chmodSync(join(parent, 'group'), 0o770);
  for (const name of ['link', 'file', 'group']) {
    assert.throws(() => OwnedDir.open(join(parent, name)), UnsafePathError, name);
    assert.throws(() => OwnedDir.openExisting(join(parent, name)), UnsafePathError, name);
  }
  const dir = OwnedDir.open(parent);
  for (const name of ['link', 'file', 'group'])
    assert.throws(
      () => dir.dir(name),
      (error) => isRefusal(error, join(parent, name)),
    );
  dir.close();
});

test('a missing directory is created, alone or with its parents, but not by openExisting', (t) => {
  const parent = tempDir(t);
  assert.throws(() => OwnedDir.openExisting(join(parent, 'absent')), { code: 'ENOENT' });
  assert.throws(() => OwnedDir.open(join(parent, 'a', 'b')), { code: 'ENOENT' });
  OwnedDir.open(join(parent, 'a', 'b'), { parents: true }).close();
  assert.equal(lstatSync(join(parent, 'a')).mode & 0o777, 0o700);
});

test('names that leave the directory are refused', (t) => {
  const dir = open(t);
  for (const name of ['', '.', '..', '../x', 'a/b', '/etc/passwd']) assert.throws(() => dir.at(name), TypeError, name);
});

test('case 51: a directory that was moved and replaced by a link is still the one that was opened', (t) => {
  const parent = tempDir(t);
  const elsewhere = tempDir(t);
  const dir = OwnedDir.open(join(parent, 'dir'));
  renameSync(dir.path, join(parent, 'moved'));
  symlinkSync(elsewhere, dir.path);
  closeSync(dir.openFile('file', O_WRONLY | O_CREAT));
  dir.dir('inner').close();
  dir.rename('file', 'renamed');
  assert.deepEqual(dir.names().sort(), ['inner', 'renamed']);
  assert.deepEqual([dir.size('renamed'), dir.size('absent')], [0, undefined]);
  dir.remove('renamed');
  dir.remove('renamed'); // nothing there, nothing wrong
  dir.close();
  dir.close();
  assert.deepEqual(readdirSync(elsewhere), []);
  assert.equal(existsSync(join(parent, 'moved', 'inner')), true);
});
