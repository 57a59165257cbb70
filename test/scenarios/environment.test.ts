/** What a task finds when it starts: its environment, working directory and command line. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TaskRunner } from '../../src/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { openRunner, sh, tempDir } from '../rig/project.ts';
import { rejectsWith, runOnce } from '../rig/puppets.ts';

/** The environment a task saw, by running `env`. */
async function environmentOf(runner: TaskRunner, name: string): Promise<Readonly<Record<string, string>>> {
  await runOnce(runner, name);
  const lines = (await runner.readOutput(name, 'stdout')).trimEnd().split('\n');
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

const env = { command: '/usr/bin/env' };

test('a task inherits the environment as it is at each start, all of it, none, or the names given', async (t) => {
  atEnd(t, () => {
    for (const name of ['DT_ONE', 'DT_TWO', 'OTHER_DT']) delete process.env[name];
  });
  const runner = await openRunner(t, {
    all: env,
    none: { ...env, envInherit: false },
    some: { ...env, envInherit: ['PATH', 'DT_*', 'NOT_SET'] },
  });
  Object.assign(process.env, { DT_ONE: '1', DT_TWO: '2', OTHER_DT: '3' });
  const all = await environmentOf(runner, 'all');
  assert.deepEqual([all['DT_ONE'], all['OTHER_DT'], all['PATH']], ['1', '3', process.env['PATH']]);
  assert.deepEqual(Object.keys(await environmentOf(runner, 'none')).sort(), ['DIRIGENT_RUN', 'DIRIGENT_TASK']);
  assert.deepEqual(Object.keys(await environmentOf(runner, 'some')).sort(), ['DIRIGENT_RUN', 'DIRIGENT_TASK', 'DT_ONE', 'DT_TWO', 'PATH']);
  process.env['DT_ONE'] = 'changed';
  assert.equal((await environmentOf(runner, 'some'))['DT_ONE'], 'changed');
});

test('nothing of the process between leaks into a task', async (t) => {
  const runner = await openRunner(t, { all: env });
  const { DIRIGENT_RUN: _run, DIRIGENT_TASK: _task, ...seen } = await environmentOf(runner, 'all');
  assert.deepEqual(seen, { ...process.env });
});

test('a task knows its name and its run, each run its own, and cannot be told otherwise', async (t) => {
  const runner = await openRunner(t, { who: { ...env, env: { DIRIGENT_TASK: 'someone', DIRIGENT_RUN: 'else' } } });
  const first = await environmentOf(runner, 'who');
  assert.deepEqual([first['DIRIGENT_TASK'], first['DIRIGENT_RUN']], ['who', runner.getTask('who').runId]);
  const second = await environmentOf(runner, 'who');
  assert.notEqual(second['DIRIGENT_RUN'], first['DIRIGENT_RUN']);
});

test('later .env files win over earlier ones and over what is inherited, and the table wins over them', async (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'one.env'), '# a comment\nA=one\nB="one b"\nC=one\n');
  writeFileSync(join(dir, 'two.env'), 'B=two\nC=two\n');
  const runner = await openRunner(t, { job: { ...env, envFile: [join(dir, 'one.env'), join(dir, 'two.env')], env: { C: 'table' } } });
  const { A, B, C } = await environmentOf(runner, 'job');
  assert.deepEqual([A, B, C], ['one', 'two', 'table']);
});

test('an .env file that is missing fails the start with its path, and one that comes later is read then', async (t) => {
  const file = join(tempDir(t), 'missing.env');
  const runner = await openRunner(t, { job: { ...env, envFile: file } });
  await rejectsWith(runner.start('job'), 'TASK_START_FAILED', /env_file: .*missing\.env cannot be read \(ENOENT\)/);
  const { status } = runner.getTask('job');
  assert.ok(status.state === 'failed' && status.error.reason === 'spawn');
  writeFileSync(file, 'A=1\n');
  assert.equal((await environmentOf(runner, 'job'))['A'], '1');
});

test('a secret is read from its file at each start, less the newline at its end', async (t) => {
  const file = join(tempDir(t), 'token');
  const runner = await openRunner(t, { job: { ...env, env: { TOKEN: { file } } } });
  writeFileSync(file, 'first\n');
  assert.equal((await environmentOf(runner, 'job'))['TOKEN'], 'first');
  writeFileSync(file, 'second');
  assert.equal((await environmentOf(runner, 'job'))['TOKEN'], 'second');
});

test('a secret whose file is missing fails the start with the name of the variable', async (t) => {
  const runner = await openRunner(t, { job: { ...env, env: { TOKEN: { file: '/nowhere/token' } } } });
  await rejectsWith(runner.start('job'), 'TASK_START_FAILED', /env\.TOKEN: \/nowhere\/token cannot be read \(ENOENT\)/);
});

test('variables may hold anything but NUL: newlines, equals signs, quotes and other scripts', async (t) => {
  const value = 'a=b\nc "d" $HOME `e` ü 😀';
  const runner = await openRunner(t, { job: { ...sh('printf %s "$ODD"'), env: { ODD: value, EMPTY: '' } } });
  await runOnce(runner, 'job');
  assert.equal(await runner.readOutput('job', 'stdout'), value);
  await rejectsWith(runner.update('job', { env: { ODD: 'a\0b' } }), 'TASK_INVALID', /NUL/);
});

test('a task starts in its working directory, and a missing one fails the start', async (t) => {
  const dir = tempDir(t);
  const runner = await openRunner(t, { here: { command: 'pwd', cwd: dir }, nowhere: { command: 'pwd', cwd: join(dir, 'missing') } });
  await runOnce(runner, 'here');
  assert.equal(await runner.readOutput('here', 'stdout'), `${dir}\n`);
  await rejectsWith(runner.start('nowhere'), 'TASK_START_FAILED', /missing/);
});

test('arguments reach the program as they are; no shell looks at them', async (t) => {
  const args = ['$HOME', '*', 'a b', '', "it's", 'ü'];
  const runner = await openRunner(t, { job: { command: 'printf', args: ['<%s>', ...args] } });
  await runOnce(runner, 'job');
  assert.equal(await runner.readOutput('job', 'stdout'), args.map((arg) => `<${arg}>`).join(''));
});

test('with shell the command is a line of sh, and the arguments are its parameters', async (t) => {
  const runner = await openRunner(t, { job: { command: 'echo "$0: $#: $1/$2" | tr a-z A-Z', args: ['x y', '$(false)'], shell: true } });
  await runOnce(runner, 'job');
  assert.equal(await runner.readOutput('job', 'stdout'), 'JOB: 2: X Y/$(FALSE)\n');
});

test('a task has no standard input, and no descriptor that a plain child of the host would not have', async (t) => {
  const runner = await openRunner(t, { job: sh('readlink /proc/$$/fd/0; ls /proc/$$/fd') });
  await runOnce(runner, 'job');
  const plain = execFileSync('sh', ['-c', 'ls /proc/$$/fd'], { encoding: 'utf8' });
  assert.equal(await runner.readOutput('job', 'stdout'), `/dev/null\n${plain}`);
});
