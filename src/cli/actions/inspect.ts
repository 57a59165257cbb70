/** `dirigent inspect`: one task whole, from the daemon or the files. Changes nothing, and shows no value of an environment. */
import type { StreamCounters, StreamName, TaskInfo, TaskUsage } from '../../index.ts';
import type { RemoteRunner } from '../../http/client/index.ts';
import type { Cli } from '../host.ts';
import { loadProject } from '../project.ts';
import { roughDuration, roughProcessorTime, roughSize } from '../../util/quantity-text.ts';
import { describeNow, describeRun, describeTime } from '../render/status.ts';
import { renderTable } from '../render/table.ts';
import { renderDefinition, toWords } from '../render/toml.ts';
import { withSeenTasks } from '../seen-tasks.ts';
import { selectOne } from '../selection/select.ts';

/** Options of `inspect`. */
export interface InspectOptions {
  readonly json?: true;
}

/** Shows one task. */
export async function inspect(cli: Cli, asked: string, { json }: InspectOptions): Promise<number> {
  const { out } = cli;
  await withSeenTasks(await loadProject(cli), async ({ tasks, daemon }) => {
    const task = selectOne(tasks, asked);
    if (json === true) return out.writeLine(JSON.stringify(task, null, 2));
    const rows = [...describe(task), ...(daemon === undefined ? [] : await describeUse(daemon, task))];
    const { colors } = out;
    out.write(
      renderTable(
        rows.map(([name, text]) => [{ text: name, paint: colors.dim }, { text: out.show(text) }]),
        out.columns,
      ),
    );
    out.write(out.show(`\n${renderDefinition('tasks', toWords(task.definition), ORIGINS[task.origin])}`));
    return undefined;
  });
  return 0;
}

const ORIGINS = {
  file: 'defined in a configuration file',
  api: 'kept by the daemon, until it is removed',
  code: 'defined by a program, or for the time of the daemon',
} as const;

type Row = readonly [name: string, text: string];

function describe(task: TaskInfo): Row[] {
  const { definition, runId, restarts, nextStartAt, lastRun, pendingChange, outputComplete } = task;
  const now = new Date();
  const optional: readonly (Row | false)[] = [
    nextStartAt !== null && ['next start', `in ${roughDuration(nextStartAt.getTime() - now.getTime())} (${nextStartAt.toISOString()})`],
    runId !== null && ['run', runId],
    lastRun !== null && lastRun.runId !== runId && ['last run', `${lastRun.runId}: ${describeRun(lastRun)}`],
    outputComplete === false && ['output', 'not complete: something was lost, or a process it left behind may still print'],
    pendingChange && ['change', 'its definition was changed, and holds from its next start on'],
  ];
  return [
    ['name', definition.name],
    ['state', describeNow(task)],
    ['since', describeTime(task, now)],
    ['restarts', String(restarts)],
    ...optional.filter((row) => row !== false),
  ];
}

async function describeUse(daemon: RemoteRunner, { definition: { name }, status }: TaskInfo): Promise<Row[]> {
  const [usage] = status.state === 'running' ? await daemon.usage([name]) : [];
  const counters = await daemon.counters(name);
  return [
    ...(usage === undefined ? [] : [describeUsage(usage)]),
    ...(['stdout', 'stderr'] as const).map((kind) => describeBytes(kind, counters[kind])),
  ];
}

const describeUsage = ({ processes, cpuSeconds, memoryBytes }: TaskUsage): Row => [
  'uses',
  `${processes} ${processes === 1 ? 'process' : 'processes'}, ${roughProcessorTime(cpuSeconds)} of processor time, ${roughSize(memoryBytes)} of memory`,
];

const describeBytes = (kind: StreamName, { read, dropped }: StreamCounters): Row => [
  kind,
  `${roughSize(read)} since the daemon started${dropped === 0 ? '' : `, ${roughSize(dropped)} of it dropped, since the disk did not take it`}`,
];
