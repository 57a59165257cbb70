/** `logs --verify` by the real command on real files. */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { IndexedWriter } from '../output/read/indexed-writer.ts';
import { Project, shellTask } from './rig.ts';

function logOf(project: Project, name: string): IndexedWriter {
  const dir = join(project.dir, 'data/tasks', name);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const log = new IndexedWriter(dir);
  log.runBegins('5ca1ab1e5ca1ab1e');
  return log;
}

const verify = (project: Project, ...args: string[]) => project.run(['logs', '--verify', ...args]);

test('the output of a task that ran is complete, also in what is rotated, and the exit code is 0', async (t) => {
  const project = new Project(t, shellTask('web', 'echo out; echo err >&2'));
  await project.run(['up', 'web']);
  await project.run(['up', 'web']);
  const { code, stdout, stderr } = await verify(project, 'web');
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(stdout, 'web stdout: complete, 8 bytes\nweb stderr: complete, 8 bytes\nweb combined: complete, 52 bytes\n');
});

test('what is missing is told with its place, its size, why, when and in which run, and the exit code is 1', async (t) => {
  const project = new Project(t, '');
  const log = logOf(project, 'web');
  log.write('one\n');
  log.mark({ dropped: 123, reason: 'ENOSPC, no space left on device' });
  log.write('two\n');
  log.rotate();
  log.write('three\n');
  log.rotate();
  log.write('four\n');
  rmSync(log.path(1));
  const { code, stdout } = await verify(project, 'web');
  assert.equal(code, 1);
  assert.equal(
    stdout,
    'web stdout: 129 bytes are missing, 19 bytes\n' +
      '  at byte 4: 123 dropped: ENOSPC, no space left on device (2026-01-02T03:04:05.000Z, run 5ca1ab1e5ca1ab1e)\n' +
      '  at byte 8: 6 removed: a file between two others is gone, or was shortened\n',
  );
});

test('several tasks are told one after the other; one that has no output is complete; one that misses some decides the exit code', async (t) => {
  const project = new Project(t, shellTask('quiet', 'true'));
  await project.run(['up', 'quiet']);
  const log = logOf(project, 'web');
  log.write('one\n');
  log.mark();
  rmSync(log.path());
  const { code, stdout } = await verify(project, 'quiet', 'web');
  assert.equal(code, 1);
  assert.match(stdout, /^quiet: complete, it has no output\nweb stdout: 4 bytes are missing, 0 bytes\n {2}at byte 0: 4 removed: /);
});

test('--json tells one object a log, and --kind asks for one log alone', async (t) => {
  const project = new Project(t, shellTask('web', 'echo out'));
  await project.run(['up', 'web']);
  const { code, stdout } = await verify(project, '--kind', 'stdout', '--json', 'web');
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(stdout), { task: 'web', complete: true, kind: 'stdout', from: 0, to: 4, isIndexed: true, missing: [] });
  const error = await verify(project, '--kind', 'stderr', 'web');
  assert.match(error.stdout, /^web stderr: nothing tells what should be there \(no index\), 0 bytes\n$/);
});
