/** Rotations that fail, at every step, and files that others take away: writing goes on, and what is there keeps its place. */
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { OwnedDir } from '../../../src/util/owned-dir.ts';
import { contents, openLogs, put, read, toTools } from './disk-logs.ts';
import { FakeClock, scratchDir } from './rig.ts';

test('case 46: when a rename fails in the middle the current log is kept, and rotation is tried again with the next bytes', (t) => {
  const dir = scratchDir(t);
  const logs = openLogs(dir);
  put(logs.stdout, 'one\n');
  mkdirSync(join(dir, 'stdout.log.1', 'in the way'), { recursive: true });
  put(logs.stdout, 'two\nthree\n');
  assert.equal(read(dir, 'stdout.log'), 'one\ntwo\nthree\n');
  rmSync(join(dir, 'stdout.log.1'), { recursive: true });
  put(logs.stdout, 'four\n');
  assert.deepEqual([read(dir, 'stdout.log.1'), read(dir, 'stdout.log')], ['one\ntwo\nthree\n', 'four\n']);
  logs.close();
});

for (const failing of [1, 2, 3, 4]) {
  for (const code of ['EACCES', 'EIO']) {
    test(`case 46: when rename ${failing} of a rotation fails with ${code}, every byte keeps its place, and the next rotation closes the hole`, (t) => {
      const dir = scratchDir(t);
      const logs = openLogs(dir, { keep: 10 });
      const texts = ['aaaaaaaa\n', 'bbbbbbbb\n', 'cccccccc\n', 'dddddddd\n'];
      for (const text of texts) put(logs.stdout, text);
      let renames = 0;
      const rename = t.mock.method(OwnedDir.prototype, 'rename', function (this: OwnedDir, from: string, to: string) {
        renames += 1;
        if (renames === failing) throw Object.assign(new Error(code), { code });
        renameSync(this.at(from), this.at(to));
      });
      assert.equal(put(logs.stdout, 'eeeeeeee\n'), 0);
      assert.deepEqual(contents(dir), [...texts.slice(0, 3), 'dddddddd\neeeeeeee\n'], 'the bound yields, the bytes do not');
      rename.mock.restore();
      put(logs.stdout, 'ffffffff\n');
      assert.deepEqual(contents(dir), [...texts.slice(0, 3), 'dddddddd\neeeeeeee\n', 'ffffffff\n']);
      logs.close();
    });
  }
}

test('case 46: when the new file cannot be created, the current one stays current', (t) => {
  const dir = scratchDir(t);
  const logs = openLogs(dir);
  put(logs.stdout, 'aaaaaaaa\n');
  const open = t.mock.method(OwnedDir.prototype, 'openFile', () => {
    throw Object.assign(new Error('EMFILE'), { code: 'EMFILE' });
  });
  assert.equal(put(logs.stdout, 'bbbbbbbb\n'), 0);
  open.mock.restore();
  assert.deepEqual(contents(dir), ['aaaaaaaa\nbbbbbbbb\n']);
  put(logs.stdout, 'cccccccc\n');
  assert.deepEqual(contents(dir), ['aaaaaaaa\nbbbbbbbb\n', 'cccccccc\n']);
  logs.close();
});

test('case 46: when neither that nor the way back works, writing goes on in the file there is, and nothing is lost', (t) => {
  const dir = scratchDir(t);
  const logs = openLogs(dir);
  put(logs.stdout, 'aaaaaaaa\n');
  const open = t.mock.method(OwnedDir.prototype, 'openFile', () => {
    throw Object.assign(new Error('EIO'), { code: 'EIO' });
  });
  const rename = t.mock.method(OwnedDir.prototype, 'rename', function (this: OwnedDir, from: string, to: string) {
    if (to === 'stdout.log') throw Object.assign(new Error('EIO'), { code: 'EIO' });
    renameSync(this.at(from), this.at(to));
  });
  assert.equal(put(logs.stdout, 'bbbbbbbb\n'), 0);
  open.mock.restore();
  rename.mock.restore();
  put(logs.stdout, 'cccccccc\n');
  assert.deepEqual(contents(dir), ['aaaaaaaa\nbbbbbbbb\n', 'cccccccc\n']);
  logs.close();
});

test('case 46: when the current log goes in the very moment of its rename, a new one takes what comes', (t) => {
  const dir = scratchDir(t);
  const clock = new FakeClock();
  const logs = openLogs(dir, {}, toTools(clock));
  put(logs.stdout, 'aaaaaaaa\n');
  t.mock.method(OwnedDir.prototype, 'rename', function (this: OwnedDir, from: string, to: string) {
    unlinkSync(this.at(from));
    renameSync(this.at(from), this.at(to));
  });
  assert.equal(put(logs.stdout, 'bbbbbbbb\n'), 9, 'they wait');
  clock.advance(1000);
  assert.deepEqual(contents(dir), ['bbbbbbbb\n']);
  logs.close();
});

test('case 46: a rotated file that someone removed in the meantime stops no rotation', (t) => {
  const dir = scratchDir(t);
  const logs = openLogs(dir);
  for (const text of ['a', 'b', 'c']) put(logs.stdout, `${text.repeat(8)}\n`);
  unlinkSync(join(dir, 'stdout.log.1'));
  put(logs.stdout, 'dddddddd\n');
  assert.deepEqual(contents(dir), ['aaaaaaaa\n', 'cccccccc\n', 'dddddddd\n']);
  logs.close();
});
