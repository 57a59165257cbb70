/** Every shape in which Node.js says that a process could not start becomes one failure with a fix. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkCwd, isTransient, toSpawnFailure } from '../../src/shim/spawn-failure.ts';
import { tempDir } from '../rig/project.ts';

const systemError = (code: string): Error => Object.assign(new Error(`spawn ${code}`), { code });

const request = { command: 'tool', args: [], cwd: '/', env: { PATH: '/no/such/folder' } };

const TABLE: readonly (readonly [code: string, subject: string, says: RegExp])[] = [
  ['EMFILE', 'limits', /raise the limits/],
  ['ENFILE', 'limits', /raise the limits/],
  ['EAGAIN', 'limits', /raise the limits/],
  ['ENOMEM', 'limits', /raise the limits/],
  ['ENOENT', 'command', /"tool" was not found in PATH/],
  ['EACCES', 'command', /tool may not be executed.*chmod \+x/],
  ['ENOTDIR', 'command', /part of the path is not a directory/],
  ['E2BIG', 'arguments', /larger than the system allows/],
  ['ENAMETOOLONG', 'command', /longer than the system allows/],
  ['ERR_INVALID_ARG_VALUE', 'arguments', /NUL character or is empty/],
  ['EPERM', 'command', /tool could not be started: spawn EPERM/],
];

for (const [code, subject, says] of TABLE) {
  test(`${code} is a failure of ${subject}`, () => {
    const failure = toSpawnFailure(systemError(code), request);
    assert.deepEqual([failure.code, failure.subject], [code, subject]);
    assert.match(failure.message, says);
    assert.equal(isTransient(code), subject === 'limits');
  });
}

test('what was thrown without a code, or is no error at all, is told as it is', () => {
  assert.deepEqual(toSpawnFailure(new Error('odd'), request), {
    code: 'UNKNOWN',
    subject: 'command',
    message: 'tool could not be started: odd',
  });
  assert.equal(toSpawnFailure(null, request).code, 'UNKNOWN');
});

test('ENOENT of a script names its interpreter, found through PATH relative to the working directory too', (t) => {
  const dir = tempDir(t);
  mkdirSync(join(dir, 'bin'));
  writeFileSync(join(dir, 'bin', 'tool'), '#!  /no/such/interpreter -x\n');
  for (const wanted of [
    { command: 'tool', env: { PATH: `/absent:${join(dir, 'bin')}` } },
    { command: 'tool', env: { PATH: 'bin' } },
    { command: './bin/tool', env: {} },
  ]) {
    const failure = toSpawnFailure(systemError('ENOENT'), { ...request, ...wanted, cwd: dir });
    assert.equal(failure.subject, 'interpreter');
    assert.match(failure.message, /\/no\/such\/interpreter/);
  }
});

test('a working directory is checked for being there, a directory, and open to this user', (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'file'), '');
  assert.equal(checkCwd(dir), undefined);
  assert.deepEqual([checkCwd(join(dir, 'absent'))?.code, checkCwd(join(dir, 'file'))?.code], ['ENOENT', 'ENOTDIR']);
  assert.equal(checkCwd(join(dir, 'file', 'deeper'))?.subject, 'cwd');
});

test(
  'a working directory that may not be entered is told so',
  { skip: process.geteuid?.() === 0 && 'root may enter every directory' },
  (t) => {
    const dir = join(tempDir(t), 'closed');
    mkdirSync(dir, { mode: 0o000 });
    assert.equal(checkCwd(dir)?.code, 'EACCES');
    chmodSync(dir, 0o700);
  },
);
