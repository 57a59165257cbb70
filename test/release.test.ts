/** Waiting until a data directory has no runner any more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitForRelease } from '../src/index.ts';
import { isTaskErrorWith } from './rig/errors.ts';
import { openRunner } from './rig/project.ts';

test('a data directory is released when its runner has closed, and not before', async (t) => {
  const runner = await openRunner(t);
  await assert.rejects(waitForRelease(runner.paths, { timeoutMs: 0 }), isTaskErrorWith('TIMED_OUT', /was not released within 0 ms/));
  const released = waitForRelease(runner.paths);
  await runner.close();
  await released;
  await waitForRelease(runner.paths, { timeoutMs: 0 });
});

test('a time that is none is refused', async (t) => {
  const runner = await openRunner(t);
  await assert.rejects(waitForRelease(runner.paths, { timeoutMs: -1 }), isTaskErrorWith('ARGUMENT_INVALID', /waitForRelease: timeoutMs/));
});
