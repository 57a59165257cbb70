/** Whose files are believed: whoever can write a configuration can run commands as us. */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { distrustFile, distrustFolder } from '../../src/config/trust.ts';
import { failureOf, folder, write } from './project.ts';

const owned = (uid: number, mode: number, gid = 0) => ({ uid, gid, mode: 0o100000 | mode });

test("case 58: a file is believed when it is ours or root's, and refused when it is another user's", () => {
  assert.equal(distrustFile('/f', owned(1000, 0o666), 1000), undefined);
  assert.equal(distrustFile('/f', owned(0, 0o644), 1000), undefined);
  assert.deepEqual(distrustFile('/f', owned(1001, 0o600), 1000), {
    message: 'expected a file of user 1000 or user 0 (root), got one of user 1001',
    hint: 'read it, then run: chown 1000 /f; or run as user 1001',
  });
  assert.equal(distrustFile('/f', owned(1000, 0o600), 0)?.message, 'expected a file of user 0 (root), got one of user 1000');
});

test('case 58: root believes no file that others can write', () => {
  assert.equal(distrustFile('/f', owned(0, 0o644), 0), undefined);
  assert.deepEqual(distrustFile('/f', owned(0, 0o646), 0), {
    message: 'expected a file that only root can write, got mode 0646',
    hint: 'run: chmod go-w /f',
  });
  assert.match(distrustFile('/f', owned(0, 0o664, 100), 0)?.message ?? '', /mode 0664/);
  assert.equal(distrustFile('/f', owned(0, 0o664, 0), 0), undefined, "root's own group may");
});

test('case 58: root believes no file in a folder that others can write, unless the folder is sticky', () => {
  assert.equal(distrustFolder('/d', owned(0, 0o755), 0), undefined);
  assert.equal(distrustFolder('/tmp', owned(0, 0o1777), 0), undefined);
  assert.equal(distrustFolder('/d', owned(0, 0o777), 0)?.message, 'expected a folder that only root can write, got mode 0777: /d');
  assert.equal(
    distrustFolder('/home/x', owned(1000, 0o755), 0)?.message,
    'expected a folder of user 0 (root), got one of user 1000: /home/x',
  );
  assert.equal(distrustFolder('/d', owned(0, 0o777), 1000), undefined, 'this rule is for root');
});

test('a real file of this user is refused for any other user who loads it', async () => {
  const mine = process.geteuid?.() ?? 0;
  const file = write('mine.toml', '');
  if (mine === 0) chownSync(file, 4242, 4242);
  const { problems, message } = await failureOf(loadConfig({ files: [file], env: {}, cwd: folder, uid: 777 }));
  assert.equal(problems[0]?.message, `expected a file of user 777 or user 0 (root), got one of user ${mine === 0 ? 4242 : mine}`);
  assert.match(message, /\nmine\.toml: expected a file of user 777 .*\n {2}hint: read it, then run: chown 777 /);
});

test(
  'as root, a real file in a folder that others can write is refused, through a link too',
  { skip: process.geteuid?.() !== 0 && 'needs root' },
  async () => {
    mkdirSync(join(folder, 'open'));
    chmodSync(join(folder, 'open'), 0o777);
    writeFileSync(join(folder, 'open/dirigent.toml'), '', { mode: 0o644 });
    symlinkSync('open/dirigent.toml', join(folder, 'link.toml'));
    for (const name of ['open/dirigent.toml', 'link.toml']) {
      const { problems } = await failureOf(loadConfig({ files: [name], env: {}, cwd: folder }));
      assert.equal(problems[0]?.message, `expected a folder that only root can write, got mode 0777: ${join(folder, 'open')}`);
    }
  },
);
