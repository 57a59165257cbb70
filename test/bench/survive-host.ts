/** The host that the benchmark `survive` kills: a runner on the options in its argument, and the little it is asked. Ends no task but when it closes. */
import { TaskRunner, type OpenOptions, type TaskInfo } from '../../src/index.ts';
import { serve } from './host.ts';
import { JOB } from './survive-load.ts';

/** What is to be the same under every host, and how the task ended where it has. */
export interface Looked {
  readonly name: string;
  readonly state: string;
  readonly pid: number | null;
  readonly runId: string | null;
  readonly restarts: number;
  readonly exitCode: number | null;
}

const runner: TaskRunner = await TaskRunner.open(JSON.parse(process.argv[2] ?? '{}') as OpenOptions);
const names = runner.listTasks().map(({ definition }) => definition.name);
const others = names.filter((name) => name !== JOB);

const toLooked = ({ definition, status, runId, restarts, lastRun }: TaskInfo): Looked => ({
  name: definition.name,
  state: status.state,
  pid: status.state === 'running' ? status.pid : null,
  runId,
  restarts,
  exitCode: lastRun?.runId === runId ? lastRun.exitCode : null,
});

const started = (tasks: readonly string[]): Promise<Looked[]> => Promise.all(tasks.map(async (name) => toLooked(await runner.start(name))));
const ended = (tasks: readonly string[]): Promise<Looked[]> =>
  Promise.all(tasks.map(async (name) => toLooked(await runner.waitFor(name, 'finished'))));

serve(
  {
    start: () => started(others),
    look: () => others.map((name) => toLooked(runner.getTask(name))),
    startJob: () => started([JOB]),
    jobEnd: () => ended([JOB]),
    ends: () => ended(others),
  },
  () => runner.close(),
);
