/** A service's bundle: the slot of a runner that is still opening, open, or never will be. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RunnerSlot, type TaskRunner, openRuntime } from '../src/index.ts';
import { atEnd } from './rig/cleanup.ts';
import { openRunner, tempDir } from './rig/project.ts';
import { rejectsWith } from './rig/puppets.ts';

test('a runtime knows its paths and its configuration at once, and its runner once that is open', async (t) => {
  const dir = tempDir(t);
  const config = join(dir, 'dirigent.toml');
  writeFileSync(config, '[[tasks]]\nname = "job"\ncommand = "true"\nrun_at_startup = true\n');
  const runtime = await openRuntime({ config, dataDir: join(dir, 'data') });
  atEnd(t, () => runtime.close());
  assert.equal(runtime.paths.tasksDir(), join(dir, 'data', 'tasks'));
  assert.deepEqual(
    runtime.config.tasks.map(({ definition }) => definition.name),
    ['job'],
  );
  assert.equal(runtime.taskRunner.get(), undefined, 'it is still opening');
  const runner = await runtime.taskRunner.ready();
  assert.equal(runtime.taskRunner.get(), runner);
  assert.equal(runner.paths.dataDir, runtime.paths.dataDir);
  await runner.waitFor('job', 'succeeded');
  await runtime.close();
  assert.equal(runtime.taskRunner.get(), undefined);
  await rejectsWith(runner.start('job'), 'RUNNER_CLOSED');
});

test('options reach the runner', async (t) => {
  const dir = tempDir(t);
  const config = join(dir, 'dirigent.toml');
  writeFileSync(config, '[[tasks]]\nname = "job"\ncommand = "true"\nrun_at_startup = true\n');
  const runtime = await openRuntime({ config, dataDir: join(dir, 'data'), autostart: false });
  atEnd(t, () => runtime.close());
  const runner = await runtime.taskRunner.ready();
  assert.equal(runner.getTask('job').runId, null);
});

test('a runtime closed while its runner opens closes that too', async (t) => {
  const dataDir = tempDir(t);
  const runtime = await openRuntime({ dataDir });
  await runtime.close();
  await runtime.close();
  await openRunner(t, {}, { dataDir }); // free again
});

test('a configuration with problems rejects at once', async (t) => {
  const config = join(tempDir(t), 'dirigent.toml');
  writeFileSync(config, '[[tasks]]\nname = "job"\n');
  await rejectsWith(openRuntime({ config, dataDir: tempDir(t) }), 'CONFIG_INVALID', /command/);
  await rejectsWith(openRuntime({}), 'CONFIG_INVALID', /neither/);
});

test('a runner that cannot be opened is told to whoever waits for it, and stops nobody else', async (t) => {
  const dataDir = tempDir(t);
  await openRunner(t, {}, { dataDir });
  const runtime = await openRuntime({ dataDir });
  await rejectsWith(runtime.taskRunner.ready(), 'DATA_DIR_BUSY');
  assert.equal(runtime.taskRunner.get(), undefined);
  await rejectsWith(runtime.taskRunner.ready(), 'DATA_DIR_BUSY');
  await runtime.close();
});

test('a runner that nobody waits for may fail to open: no rejection is left unhandled', async (t) => {
  const dataDir = tempDir(t);
  mkdirSync(join(dataDir, 'tasks.json')); // no file: the runner refuses it
  const runtime = await openRuntime({ dataDir });
  await runtime.close();
  assert.equal(runtime.taskRunner.get(), undefined);
});

test('a slot tells everyone who waits, before it is cleared and after', async (t) => {
  const runner: TaskRunner = await openRunner(t);
  const slot = new RunnerSlot();
  const early = slot.ready();
  slot.clear();
  const late = slot.ready();
  slot.set(runner);
  assert.deepEqual(await Promise.all([early, late, slot.ready()]), [runner, runner, runner]);
});

test('a cleared slot is empty, and waits for the next runner', async (t) => {
  const [first, second] = [await openRunner(t), await openRunner(t)];
  const slot = new RunnerSlot();
  slot.set(first);
  slot.clear();
  assert.equal(slot.get(), undefined);
  const next = slot.ready();
  slot.set(second);
  assert.equal(await next, second);
  slot.set(first);
  assert.deepEqual([slot.get(), await slot.ready()], [first, first], 'the latest counts');
});

test('a slot that was told of a failure takes a runner later', async (t) => {
  const runner = await openRunner(t);
  const slot = new RunnerSlot();
  slot.fail(new Error('not now'));
  await assert.rejects(slot.ready(), /not now/);
  slot.set(runner);
  assert.equal(await slot.ready(), runner);
});
