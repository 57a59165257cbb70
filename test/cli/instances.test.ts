/** Several tasks of one definition, as the command line shows them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Project, shellTask } from './rig.ts';

test('up runs each instance under its own name, a glob picks them, and ps lists them', async (t) => {
  const project = new Project(
    t,
    shellTask('worker', 'echo "number $DIRIGENT_INSTANCE"', 'instances = 3') + shellTask('other', 'echo other'),
  );
  const { code, stdout } = await project.run(['up', 'worker-*']);
  assert.equal(code, 0);
  assert.deepEqual(
    stdout
      .split('\n')
      .filter((line) => line.includes('|'))
      .sort(),
    [1, 2, 3].map((number) => `worker-${number} | number ${number}`),
  );
  const { tasks } = JSON.parse((await project.run(['ps', '--json'])).stdout) as {
    tasks: readonly { definition: { name: string; env: string[] }; status: { state: string } }[];
  };
  assert.deepEqual(
    tasks.map(({ definition, status }) => [definition.name, definition.env, status.state]),
    [
      ['worker-1', ['DIRIGENT_INSTANCE'], 'finished'],
      ['worker-2', ['DIRIGENT_INSTANCE'], 'finished'],
      ['worker-3', ['DIRIGENT_INSTANCE'], 'finished'],
      ['other', [], 'stopped'],
    ],
  );
  const unknown = await project.run(['logs', 'worker']);
  assert.equal(unknown.code, 4);
  assert.match(unknown.stderr, /there is no task "worker"; did you mean "worker-1"\?/);
});
