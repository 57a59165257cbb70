/** What a runner tells Prometheus, in its text format. Asks when it is asked, and keeps nothing in between; the metrics themselves are in `metric-table.ts`. */
import { TaskError, packageVersion, type TaskInfo, type TaskRunner } from '../index.ts';
import { METRICS, type Seen, type SeenTask } from './metric-table.ts';

/** What of a runner is asked. */
export type MetricsSource = Pick<TaskRunner, 'listTasks' | 'usage' | 'counters'>;

/** The content type of {@link renderMetrics}: the text format of Prometheus, version 0.0.4. */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * All metrics of a runner and its tasks.
 * @throws TaskError `RUNNER_CLOSED`, `SHIM_LOST`
 */
export async function renderMetrics(runner: MetricsSource): Promise<string> {
  // Loaded when first needed: a command line that asks for no metrics does without.
  const [{ Counter, Gauge, Registry }, seen] = await Promise.all([import('prom-client'), look(runner)]);
  const registry = new Registry();
  for (const { name, type, labels, help, samples } of METRICS) {
    const metric = new { counter: Counter, gauge: Gauge }[type]({ name, help, labelNames: [...labels], registers: [registry] });
    for (const sample of samples(seen)) metric.inc({ ...sample.labels }, sample.value); // each from 0
  }
  return registry.metrics();
}

async function look(runner: MetricsSource): Promise<Seen> {
  const [used, tasks] = await Promise.all([runner.usage(), Promise.all(runner.listTasks().map((info) => lookAt(runner, info)))]);
  const usage = new Map(used.map((one) => [one.task, one]));
  return {
    version: packageVersion(),
    tasks: tasks.flatMap((task) => (task === undefined ? [] : [{ ...task, usage: usage.get(task.info.definition.name) }])),
  };
}

/** Undefined when the task was removed meanwhile. */
async function lookAt(runner: MetricsSource, info: TaskInfo): Promise<Omit<SeenTask, 'usage'> | undefined> {
  try {
    return { info, logs: await runner.counters(info.definition.name) };
  } catch (error) {
    if (TaskError.is(error) && error.code === 'TASK_NOT_FOUND') return undefined;
    throw error;
  }
}
