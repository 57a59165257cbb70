/** `dirigent runs`: the past runs of one task, with a runner and without. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskRun } from '../../src/index.ts';
import { Project, shellTask } from './rig.ts';

/** Ends with 3 the first time, then succeeds. */
const TWICE = shellTask('job', 'if [ -e mark ]; then exit 0; fi; touch mark; exit 3', 'restart = "on-failure"\nrestart_delay = 1');

test('shows the runs in aligned columns, the newest first, and how many are asked for', async (t) => {
  const project = new Project(t, TWICE + shellTask('server', 'echo up; exec sleep 1000'));
  const up = project.start(['up', 'server']);
  await up.until('stdout', /up/);
  const none = await project.run(['runs', 'server']);
  assert.deepEqual([none.code, none.stdout, none.stderr], [0, '', 'no past run of server is known\n']);
  up.child.kill('SIGTERM');
  await up.ended;
  await project.run(['up', 'job']);
  const { code, stdout, stderr } = await project.run(['runs', 'job']);
  assert.deepEqual([code, stderr], [0, '']);
  const [head = '', ...rows] = stdout.trimEnd().split('\n');
  assert.match(head, /^RUN {15}STATE {5}ENDED {3,}TOOK {2,}RESULT$/);
  assert.equal(rows.length, 2);
  assert.match(rows[0] ?? '', /^[0-9a-f]{16} {2}finished {2}\d+s ago +\d+(ms|s) +exit code 0 \(restart 1\)$/);
  assert.match(rows[1] ?? '', /^[0-9a-f]{16} {2}finished {2}\d+s ago +\d+(ms|s) +exit code 3$/);
  assert.equal((await project.run(['runs', 'job', '-n', '1'])).stdout.split('\n').length, 3);
  assert.equal((await project.run(['runs', 'job', '-n', '0'])).stdout, '');
  assert.match((await project.run(['runs', 'server'])).stdout, /^RUN.*\n[0-9a-f]{16} {2}stopped {2}.* SIGTERM\n$/);
});

test('--json is one document with the runs as the library has them, as many as the configuration keeps', async (t) => {
  const project = new Project(t, `keep_runs = 1\n${TWICE}`);
  await project.run(['up', 'job']);
  const { code, stdout } = await project.run(['runs', 'job', '--json']);
  assert.equal(code, 0);
  const { runs } = JSON.parse(stdout) as { runs: readonly TaskRun[] };
  assert.deepEqual(
    runs.map(({ status, exitCode, restarts }) => [status, exitCode, restarts]),
    [[{ state: 'finished', phase: 'settled', exitCode: 0 }, 0, 1]],
  );
  assert.match(String(runs[0]?.endedAt), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
});

test('an unknown task ends with 4 and the nearest name; more than one task, or a wrong count, with 2', async (t) => {
  const project = new Project(t, shellTask('web-1', 'true') + shellTask('web-2', 'true'));
  const { code, stdout, stderr } = await project.run(['runs', 'web-3']);
  assert.deepEqual([code, stdout], [4, '']);
  assert.match(stderr, /did you mean "web-1"\?/);
  const several = await project.run(['runs', 'web-*']);
  assert.deepEqual([several.code, several.stderr], [2, 'dirigent: expected one task, got 2 that are named "web-*"\n']);
  assert.equal((await project.run(['runs', 'web-1', '-n', '-1'])).code, 2);
  assert.equal((await project.run(['runs'])).code, 2);
});
