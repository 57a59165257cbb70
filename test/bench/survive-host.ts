/**
 * The host of the benchmark `survive`: a runner on the options in its first argument, of the library in its second, and the little it is asked. Ends no
 * task but when it closes; kills its shim when told to.
 */
import type * as library from '../../src/index.ts';
import type { OpenOptions, RunnerLogger, TaskInfo } from '../../src/index.ts';
import { OUTPUT_KINDS } from '../../src/output/layout.ts';
import { Deferred } from '../../src/util/deferred.ts';
import { shimOf } from '../rig/processes.ts';
import { serve } from './host.ts';
import { JOB } from './survive-load.ts';

/** What is to be the same under every host, and how the task ended where it has. */
export interface Looked {
  readonly name: string;
  readonly state: string;
  /** Of one that failed. */
  readonly reason: string | null;
  readonly pid: number | null;
  readonly runId: string | null;
  readonly restarts: number;
  readonly exitCode: number | null;
}

const [options = '{}', entry = new URL('../../src/index.js', import.meta.url).href] = process.argv.slice(2);
const { TaskError, TaskRunner } = (await import(entry)) as typeof library;
let workerDeath = new Deferred();
const warn = (_: object, message = ''): void => {
  if (message.includes('the log worker died')) workerDeath.resolve();
};
const logger: RunnerLogger = { debug: () => undefined, info: () => undefined, warn, error: warn };
const runner = await TaskRunner.open({ ...(JSON.parse(options) as OpenOptions), logger });
const names = runner.listTasks().map(({ definition }) => definition.name);
const others = names.filter((name) => name !== JOB);

const toLooked = ({ definition, status, runId, restarts, lastRun }: TaskInfo): Looked => ({
  name: definition.name,
  state: status.state,
  reason: status.state === 'failed' ? status.error.reason : null,
  pid: status.state === 'running' ? status.pid : null,
  runId,
  restarts,
  exitCode: lastRun?.runId === runId ? lastRun.exitCode : null,
});

const started = (tasks: readonly string[]): Promise<Looked[]> => Promise.all(tasks.map(async (name) => toLooked(await runner.start(name))));
const ended = (tasks: readonly string[]): Promise<Looked[]> => Promise.all(tasks.map(async (name) => toLooked(await whenEnded(name))));

/** A task that ended, or whose end nobody knows. */
async function whenEnded(name: string): Promise<TaskInfo> {
  try {
    return await runner.waitFor(name, 'finished');
  } catch (error) {
    if (TaskError.is(error) && error.code === 'CONDITION_IMPOSSIBLE') return runner.getTask(name); // it failed
    throw error;
  }
}

/** Kills the shim, and resolves once the next one reads every stream of those that write. */
async function killShim(): Promise<void> {
  const awaited = new Set(others.flatMap((name) => OUTPUT_KINDS.map((kind) => `${name} ${kind}`)));
  const taken = new Deferred();
  const off = runner.on('log.gap', ({ task, stream }) => {
    if (awaited.delete(`${task} ${stream}`) && awaited.size === 0) taken.resolve();
  });
  process.kill(shimOf(runner.paths.dataDir), 'SIGKILL');
  await taken.promise;
  off();
}

/** Resolves when a log worker died that nobody asked about yet. */
async function workerDied(): Promise<void> {
  await workerDeath.promise;
  workerDeath = new Deferred();
}

serve(
  {
    start: () => started(others),
    look: () => others.map((name) => toLooked(runner.getTask(name))),
    startJob: () => started([JOB]),
    jobEnd: () => ended([JOB]),
    ends: () => ended(others),
    killShim,
    workerDied,
  },
  () => runner.close(),
);
