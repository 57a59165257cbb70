/** What a task that cannot start says (cases 1 to 5): one shape, `failed` with reason `spawn`, whichever way Node.js told it. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TaskError, type TaskDefinition, type TaskFailure, type TaskRunner } from '../../src/index.ts';
import { openRunner, sh, tempDir } from '../rig/project.ts';
import { descriptorsOf, shimOf } from '../rig/processes.ts';
import { newName, sharedRunner } from '../rig/shared-runner.ts';

const shared = sharedRunner();

type Definition = Omit<TaskDefinition, 'name'>;

interface Failure {
  readonly title: string;
  /** A definition that cannot start; `dir` is an empty folder for what it needs. */
  define(dir: string): Definition;
  readonly cause: string;
  readonly says: RegExp;
}

function program(dir: string, text: string, mode: number): string {
  const path = join(dir, 'program');
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const asFolder = (dir: string): Definition => {
  mkdirSync(join(dir, 'folder'));
  return { command: join(dir, 'folder') };
};

const inFile = (dir: string): Definition => ({ command: 'true', cwd: program(dir, '', 0o644) });

// 30 × 100 KB: each is within MAX_ARG_STRLEN, together they pass a quarter of the 8 MiB stack, execve(2).
const big = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`BIG_${index}`, 'x'.repeat(100_000)]));

const FAILURES: readonly Failure[] = [
  {
    title: 'case 1: a command that is not in PATH',
    define: () => ({ command: 'no-such-command-here' }),
    cause: 'ENOENT',
    says: /"no-such-command-here" was not found in PATH/,
  },
  {
    title: 'case 1: a path that does not exist',
    define: (dir) => ({ command: join(dir, 'absent') }),
    cause: 'ENOENT',
    says: /absent does not exist/,
  },
  {
    title: 'case 2: a working directory that does not exist',
    define: (dir) => ({ command: 'true', cwd: join(dir, 'absent') }),
    cause: 'ENOENT',
    says: /working directory \S+absent does not exist/,
  },
  {
    title: 'case 2: a file as the working directory',
    define: inFile,
    cause: 'ENOTDIR',
    says: /working directory \S+program is not a directory/,
  },
  {
    title: 'case 3: a file that is not executable',
    define: (dir) => ({ command: program(dir, '#!/bin/sh\n', 0o644) }),
    cause: 'EACCES',
    says: /program may not be executed.*chmod \+x/,
  },
  { title: 'case 3: a directory as the command', define: asFolder, cause: 'EACCES', says: /folder is a directory, expected a program/ },
  {
    title: 'case 3: an interpreter that does not exist',
    define: (dir) => ({ command: program(dir, '#!/no/such/interpreter -x\n', 0o755) }),
    cause: 'ENOENT',
    says: /its interpreter \/no\/such\/interpreter does not/,
  },
  {
    title: 'case 3: a path through a file',
    define: (dir) => ({ command: join(program(dir, '', 0o644), 'deeper') }),
    cause: 'ENOTDIR',
    says: /a part of the path is not a directory/,
  },
  {
    title: 'case 4: an environment larger than the system takes',
    define: () => ({ command: 'true', env: big }),
    cause: 'E2BIG',
    says: /E2BIG/,
  },
  {
    title: 'case 4: arguments larger than the system takes',
    define: () => ({ command: 'true', args: Object.values(big) }),
    cause: 'E2BIG',
    says: /E2BIG/,
  },
  {
    title: 'case 4: a name longer than the system takes',
    define: (dir) => ({ command: join(dir, 'x'.repeat(300)) }),
    cause: 'ENAMETOOLONG',
    says: /ENAMETOOLONG/,
  },
];

async function failureOfStart(runner: TaskRunner, name: string): Promise<TaskFailure> {
  const error: unknown = await runner.start(name).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(TaskError.is(error), `expected a TaskError, got ${String(error)}`);
  assert.equal(error.code, 'TASK_START_FAILED');
  const { status } = runner.getTask(name);
  assert.equal(status.state, 'failed');
  assert.equal(status.phase, 'settled');
  assert.deepEqual(error.details['error'], status.error);
  return status.error;
}

for (const { title, define, cause, says } of FAILURES) {
  test(`${title} fails the start with ${cause}, and says what to do`, async (t) => {
    const [bad, good] = [newName(), newName()];
    await shared().register({ name: bad, ...define(tempDir(t)) });
    await shared().register({ name: good, ...sh('echo fine') });
    const failure = await failureOfStart(shared(), bad);
    assert.equal(failure.reason, 'spawn');
    assert.equal(failure.cause, cause);
    assert.match(failure.message, says);
    assert.equal((await shared().run(good)).exitCode, 0, 'another task is not touched');
  });
}

test('case 1: a start that fails again and again keeps no descriptor and no pipe', async (t) => {
  const runner = await openRunner(t, { bad: { command: 'no-such-command-here' }, good: sh('exit 0') });
  const shim = shimOf(runner.paths.dataDir);
  await runner.run('good');
  await failureOfStart(runner, 'bad');
  const before = descriptorsOf(shim);
  // More than the pool makes at once, so that a FIFO that does not come back would show too.
  for (let start = 0; start < 40; start += 1) await failureOfStart(runner, 'bad');
  await runner.run('good');
  assert.ok(descriptorsOf(shim) <= before + 2, `${before} descriptors grew to ${descriptorsOf(shim)}`);
});

const NUL_PLACES: Readonly<Record<string, Definition>> = {
  command: { command: 'tr\0ue' },
  args: { command: 'true', args: ['a\0b'] },
  cwd: { command: 'true', cwd: '/tmp\0' },
  'a value of env': { command: 'true', env: { A: 'b\0' } },
  'a name in env': { command: 'true', env: { 'A\0': 'b' } },
};

for (const [place, definition] of Object.entries(NUL_PLACES)) {
  test(`case 5: a NUL character in ${place} is refused when the task is defined`, async () => {
    await assert.rejects(shared().register({ name: 'never', ...definition }), { code: 'TASK_INVALID', message: /NUL/ });
    assert.throws(() => shared().getTask('never'), { code: 'TASK_NOT_FOUND' });
  });
}

test('case 5: "=", a newline or nothing as a name in env, and an empty command, are refused when the task is defined', async () => {
  for (const name of ['A=B', 'A\nB', '']) {
    await assert.rejects(shared().register({ name: 'never', command: 'true', env: { [name]: 'x' } }), {
      code: 'TASK_INVALID',
      message: /environment variable/,
    });
  }
  await assert.rejects(shared().register({ name: 'never', command: '' }), { code: 'TASK_INVALID' });
});

test('case 5: "=" in a name in env is refused when the file is loaded, and nothing is started', async (t) => {
  const dir = tempDir(t);
  const config = join(dir, 'dirigent.toml');
  writeFileSync(config, '[[tasks]]\nname = "bad"\ncommand = "true"\nenv = { "A=B" = "x" }\n');
  await assert.rejects(openRunner(t, {}, { config }), { code: 'CONFIG_INVALID', message: /dirigent\.toml[^]*A=B/ });
});
