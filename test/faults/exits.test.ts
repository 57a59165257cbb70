/** How a process ended (case 16): an exit code and a signal are two fields, and one never stands for the other. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RunRecord } from '../../src/model/run-record.ts';
import { sh } from '../rig/project.ts';
import { newName, sharedRunner } from '../rig/shared-runner.ts';

const shared = sharedRunner();

interface Ending {
  readonly title: string;
  readonly line: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly state: 'finished' | 'failed';
}

const ENDINGS: readonly Ending[] = [
  { title: 'exit 0 finishes with exit code 0', line: 'exit 0', exitCode: 0, signal: null, state: 'finished' },
  { title: 'exit 7 finishes with exit code 7', line: 'exit 7', exitCode: 7, signal: null, state: 'finished' },
  { title: 'exit 137 finishes with exit code 137, which is no SIGKILL', line: 'exit 137', exitCode: 137, signal: null, state: 'finished' },
  { title: 'exit 255 finishes with exit code 255', line: 'exit 255', exitCode: 255, signal: null, state: 'finished' },
  {
    title: 'SIGKILL fails with the signal and without an exit code',
    line: 'kill -KILL $$',
    exitCode: null,
    signal: 'SIGKILL',
    state: 'failed',
  },
  {
    title: 'SIGTERM that nobody asked for fails with the signal',
    line: 'kill -TERM $$',
    exitCode: null,
    signal: 'SIGTERM',
    state: 'failed',
  },
  {
    title: 'an abort, as one that dumps core, fails with SIGABRT',
    line: 'ulimit -c 0; kill -ABRT $$',
    exitCode: null,
    signal: 'SIGABRT',
    state: 'failed',
  },
];

for (const { title, line, exitCode, signal, state } of ENDINGS) {
  test(`case 16: ${title}`, async () => {
    const [runner, task] = [shared(), newName()];
    await runner.register({ name: task, ...sh(line) });
    const result = await runner.run(task);
    assert.deepEqual([result.exitCode, result.signal], [exitCode, signal]);

    const { status } = runner.getTask(task);
    assert.equal(status.state, state);
    if (status.state === 'finished') assert.equal(status.exitCode, exitCode);
    if (status.state === 'failed')
      assert.deepEqual([status.error.reason, status.error.signal, status.error.exitCode], ['signal', signal, undefined]);

    const record = JSON.parse(readFileSync(join(runner.paths.taskDir(task), 'run.json'), 'utf8')) as RunRecord;
    assert.deepEqual([record.exit?.exitCode, record.exit?.signal], [exitCode, signal]);
    assert.deepEqual(record.status, status);
  });
}
