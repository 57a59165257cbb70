/** One runner for all tests of a file whose cases do not harm each other: opening one costs more than such a case. */
import { after, before } from 'node:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TaskRunner } from '../../src/index.ts';

/** A runner that is open while the tests of the file run. Each test registers tasks under names of its own. */
export function sharedRunner(): () => TaskRunner {
  const dataDir = mkdtempSync(join(tmpdir(), 'dirigent-test-'));
  let runner: TaskRunner | undefined;
  before(async () => {
    runner = await TaskRunner.open({ dataDir });
  });
  after(async () => {
    await runner?.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  return () => {
    if (runner === undefined) throw new Error('the runner is open inside tests alone');
    return runner;
  };
}

let names = 0;

/** A task name that no other test of the file has. */
export const newName = (): string => `task-${(names += 1)}`;
