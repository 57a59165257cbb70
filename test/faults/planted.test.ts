/** Links, pipes, folders, devices and sockets planted where a file of ours belongs (cases 50 and 51): refused by name, their targets untouched. */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { messageOf } from '../../src/errors.ts';
import { TaskError, TaskRunner } from '../../src/index.ts';
import { PLANTS } from '../rig/planted.ts';
import { createWitness, openRunner, sh, tempDir, wholeLog } from '../rig/project.ts';
import { rejectsWith } from '../rig/puppets.ts';
import { recordingLogger } from '../rig/recording-logger.ts';
import { newName, sharedRunner } from '../rig/shared-runner.ts';

const shared = sharedRunner();

async function errorOf(work: Promise<unknown>): Promise<TaskError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(TaskError.is(error), `expected a TaskError, got ${String(error)}`);
  return error;
}

/** A task with a folder that holds one earlier run. */
async function taskWithFolder(): Promise<string> {
  const name = newName();
  await shared().register({ name, ...sh('echo said; echo again >&2') });
  mkdirSync(shared().paths.taskDir(name), { mode: 0o700 });
  return name;
}

for (const [kind, plant] of Object.entries(PLANTS)) {
  for (const file of ['stdout.log', 'stderr.log', 'combined.log', 'run.json']) {
    test(`case 50: ${kind} planted at ${file} fails the start, which names it, and is not touched`, async (t) => {
      const name = await taskWithFolder();
      const path = join(shared().paths.taskDir(name), file);
      const planted = await plant(t, path);
      const error = await errorOf(shared().start(name));
      assert.equal(error.code, 'TASK_START_FAILED');
      assert.ok(error.message.includes(path), error.message);
      planted.assertUntouched();
    });
  }

  test(`case 50: ${kind} planted at runs.ndjson is told and not touched; the run is not disturbed by it, and the last one is known`, async (t) => {
    const logger = recordingLogger();
    const runner = await openRunner(t, { task: sh('exit 3') }, { logger });
    await runner.run('task');
    const path = join(runner.paths.taskDir('task'), 'runs.ndjson');
    await runner.runs('task'); // the line is written
    renameSync(path, `${path}.kept`);
    const planted = await plant(t, path);
    const { runId, exitCode } = await runner.run('task');
    assert.deepEqual([exitCode, runner.getTask('task').lastRun?.runId], [3, runId]);
    await rejectsWith(runner.runs('task'), 'DATA_DIR_UNUSABLE', /the runs of task cannot be read: .*runs\.ndjson/);
    assert.ok(
      logger.entries.some(
        ({ level, message }) =>
          level === 'warn' && /^task: the line of run \w+ in runs\.ndjson could not be written, and is tried again: /.test(message),
      ),
    );
    planted.assertUntouched();
  });

  test(`case 50: ${kind} planted at stdout.log.1 is not written to by a rotation`, async (t) => {
    const name = await taskWithFolder();
    await shared().run(name);
    const planted = await plant(t, join(shared().paths.taskDir(name), 'stdout.log.1'));
    const error: unknown = await shared()
      .run(name)
      .then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
    planted.assertUntouched();
    if (error !== undefined) assert.match(messageOf(error), /stdout\.log/);
    else assert.equal(wholeLog(shared(), name, 'stdout').toString().slice(-'said\n'.length), 'said\n');
  });

  test(`case 50: ${kind} planted at tasks.json, the lock, the log of the shim or the pipes' folder refuses to open, and is not touched`, async (t) => {
    for (const place of ['tasks.json', 'run/lock', 'run/shim.log', 'run/shim.lock', 'run/pipes']) {
      if (place === 'run/pipes' && kind === 'a directory') continue; // that is what belongs there
      const dataDir = tempDir(t);
      mkdirSync(join(dataDir, 'run'), { mode: 0o700 });
      const planted = await plant(t, join(dataDir, place));
      const error = await errorOf(TaskRunner.open({ dataDir }));
      assert.equal(error.code, 'DATA_DIR_UNSAFE', `${place}: ${error.message}`);
      assert.ok(error.message.includes(join(dataDir, place)), error.message);
      planted.assertUntouched();
    }
  });
}

for (const place of ['tasks', 'run', 'tasks/task', '']) {
  test(`case 50: a symbolic link in place of ${place === '' ? 'the data directory' : `the folder ${place}`} is refused, and nothing is created behind it`, async (t) => {
    const [elsewhere, parent] = [tempDir(t), tempDir(t)];
    const dataDir = join(parent, 'data');
    if (place !== '') mkdirSync(join(dataDir, place, '..'), { recursive: true, mode: 0o700 });
    symlinkSync(elsewhere, join(dataDir, place));
    const opening = openRunner(t, { task: sh('echo said') }, { dataDir });
    const error = await errorOf(place === 'tasks/task' ? opening.then((runner) => runner.start('task')) : opening);
    assert.match(error.code, /^(DATA_DIR_UNSAFE|TASK_START_FAILED)$/);
    assert.match(error.message, /is a symbolic link|is not a directory/);
    assert.ok(error.message.includes(join(dataDir, place)), error.message);
    assert.deepEqual(readdirSync(elsewhere), []);
  });
}

test(
  "case 34: a folder that others may write to, or that is another user's, is refused with what to do",
  { skip: process.geteuid?.() !== 0 && 'needs a file of another user' },
  async (t) => {
    const [open, foreign] = [tempDir(t), tempDir(t)];
    chmodSync(open, 0o777);
    chownSync(foreign, 65534, 65534);
    assert.match((await errorOf(TaskRunner.open({ dataDir: open }))).message, /writable by others \(mode 777\); run: chmod 700/);
    assert.match((await errorOf(TaskRunner.open({ dataDir: foreign }))).message, /belongs to user 65534/);
  },
);

test('case 51: a folder swapped for a link while a task runs leaves the place it points to empty, and the running task unharmed', async (t) => {
  const witness = createWitness(t);
  const elsewhere = tempDir(t);
  const runner = await openRunner(t, { task: sh(`exec 9>"${witness.path}"; echo said; exec sleep 1000`) });
  const dir = runner.paths.taskDir('task');
  await runner.start('task');
  renameSync(dir, `${dir}-moved`);
  symlinkSync(elsewhere, dir);
  await runner.stop('task');
  await witness.gone;
  assert.deepEqual(readdirSync(elsewhere), []);
  assert.ok((await errorOf(runner.start('task'))).message.includes(dir));
  assert.deepEqual(readdirSync(elsewhere), []);
});

test('case 51: data of a directory that was moved away is not looked for at its old path', async (t) => {
  const parent = tempDir(t);
  const dataDir = join(parent, 'data');
  const runner = await openRunner(t, {}, { dataDir });
  const elsewhere = tempDir(t);
  renameSync(dataDir, join(parent, 'moved'));
  symlinkSync(elsewhere, dataDir);
  await runner.register({ name: 'kept', command: 'true' }, { persist: true });
  assert.ok(existsSync(join(parent, 'moved', 'tasks.json')));
  assert.deepEqual(readdirSync(elsewhere), []);
});
