/** What is left of runs whose runner and whose shim both died: taken down before anything is started, so that nothing runs twice. Starts nothing. */
import { join } from 'node:path';
import type { RunRecord } from '../model/run-record.ts';
import { RUN_FILE } from '../output/layout.ts';
import { OwnedDir } from '../util/owned-dir.ts';
import { readOwnedFile } from '../util/owned-file.ts';
import type { Forest, Tree } from '../util/process-tree.ts';
import { messageOfError } from './fault.ts';
import { toLoss } from './held-run.ts';
import { toRunEntry, toStatusOfExit } from './run-entry.ts';
import { RunJournal, type JournalSurroundings } from './run-record.ts';

/** From SIGTERM to SIGKILL, where the record of a run does not say. */
const ORPHAN_TIMEOUT_MS = 1_000;

/** What it needs of its surroundings. */
export interface AbandonedSurroundings extends JournalSurroundings {
  readonly forest: Forest;
}

/** Takes down every run that is recorded as going on, found by process, group and the variable of its run, and records its end. */
export async function takeDownAbandoned(around: AbandonedSurroundings): Promise<void> {
  const runs = recordsIn(around)
    .filter(({ status, bootId }) => status === null && bootId === around.bootId) // pids of another boot mean nothing
    .map((record) => ({ record, tree: around.forest.plant(record.runId, leaderOf(record)) }));
  if (runs.length === 0) return;
  await around.forest.look();
  await Promise.all(runs.map(({ record, tree }) => takeDown(around, record, tree)));
}

async function takeDown(around: AbandonedSurroundings, record: RunRecord, tree: Tree): Promise<void> {
  if (!tree.isEmpty) await tree.signal('SIGTERM');
  const survivors = tree.isEmpty ? [] : await tree.killAfter(orphanTimeoutOf(record));
  around.forest.uproot(record.runId);
  const { runId: run, task, requestedAt, restarts, definition, exit, memory } = record;
  const journal = new RunJournal(around, { run, task, requestedAt, restarts, definition });
  journal.note({ ...record, ...(memory === undefined ? {} : { isUnjudged: true }) });
  const status = exit === null ? toLoss(survivors) : toStatusOfExit(exit);
  journal.settle(toRunEntry(record, { status, outputComplete: false, at: new Date().toISOString() }));
}

const leaderOf = ({ pid, startTime }: RunRecord) => (pid === null || startTime === null ? undefined : { pid, startTime });

function orphanTimeoutOf({ definition }: RunRecord): number {
  const { orphanTimeout } = (definition ?? {}) as { readonly orphanTimeout?: unknown };
  return typeof orphanTimeout === 'number' ? orphanTimeout : ORPHAN_TIMEOUT_MS;
}

function recordsIn(around: AbandonedSurroundings): RunRecord[] {
  const tasks = OwnedDir.open(join(around.dataDir, 'tasks'));
  try {
    return tasks.names().flatMap((name) => {
      try {
        return readRecord(tasks, name) ?? [];
      } catch (error) {
        around.warn(`${name}: what its last run left cannot be read: ${messageOfError(error)}`);
        return [];
      }
    });
  } finally {
    tasks.close();
  }
}

function readRecord(tasks: OwnedDir, name: string): RunRecord | undefined {
  const dir = tasks.dir(name);
  try {
    const text = readOwnedFile(dir, RUN_FILE);
    return text === undefined ? undefined : (JSON.parse(text) as RunRecord);
  } finally {
    dir.close();
  }
}
