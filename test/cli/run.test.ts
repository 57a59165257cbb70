/** `dirigent run` without a daemon: with a runner of its own. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { RunResult, TaskInfo } from '../../src/index.ts';
import { Project, shellTask } from './rig.ts';
import { testRuns } from './run-cases.ts';

suite('run with a runner of its own', () => testRuns((t, toml) => Promise.resolve(new Project(t, toml))));

suite('run', () => {
  test('adds the arguments behind --', async (t) => {
    const project = new Project(t, '[[tasks]]\nname = "say"\ncommand = "printf"\nargs = ["%s\\\\n", "a b"]\n');
    assert.equal((await project.run(['run', 'say', '--', '--json', 'c d'])).stdout, 'a b\n--json\nc d\n');
  });

  test('ends with 127 for a command that is not there, 126 for one that cannot be executed, 125 for a missing folder', async (t) => {
    const tasks = ['gone', './plain'].map((command, index) => `[[tasks]]\nname = "t${index}"\ncommand = "${command}"\n`).join('');
    const project = new Project(t, `${tasks}[[tasks]]\nname = "nowhere"\ncommand = "true"\ncwd = "missing"\n`);
    project.write('plain', '');
    for (const [name, expected] of [
      ['t0', 127],
      ['t1', 126],
      ['nowhere', 125],
    ] as const) {
      const { code, stdout, stderr } = await project.run(['run', name]);
      assert.deepEqual([code, stdout], [expected, ''], name);
      assert.match(stderr, new RegExp(`^dirigent: ${name} cannot start: `));
    }
  });

  test('with --json leaves stdout to one document about the end', async (t) => {
    const project = new Project(t, shellTask('job', 'echo one; echo two >&2; exit 3'));
    const { code, stdout, stderr } = await project.run(['run', 'job', '--json']);
    const { exitCode, signal, durationMs } = JSON.parse(stdout) as RunResult;
    assert.deepEqual([code, exitCode, signal, typeof durationMs], [3, 3, null, 'number']);
    assert.deepEqual(stderr.trimEnd().split('\n').sort(), ['one', 'two']);
  });
});

test('without a daemon it starts no other task, but what the task depends on, and leaves nobody behind', async (t) => {
  const needs = 'depends_on = ["db"]';
  const project = new Project(
    t,
    shellTask('db', 'exec sleep 1000') +
      shellTask('other', 'exec sleep 1000', 'run_at_startup = true') +
      shellTask('job', 'echo ran', needs),
  );
  assert.deepEqual(await project.run(['run', 'job']), { code: 0, stdout: 'ran\n', stderr: '' });
  const { tasks } = JSON.parse((await project.run(['ps', '--json'])).stdout) as { tasks: readonly TaskInfo[] };
  assert.deepEqual(
    tasks.map(({ definition, runId, status }) => [definition.name, runId === null, status.state]),
    [
      ['db', false, 'stopped'],
      ['other', true, 'stopped'],
      ['job', false, 'finished'],
    ],
  );
});
