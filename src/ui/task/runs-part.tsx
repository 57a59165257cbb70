/** The runs of a task that are over, newest first. */
import type { ReadonlySignal } from '@preact/signals';
import { ask, inPath } from '../server/ask.ts';
import type { Run, Task } from '../server/json.ts';
import { toMoment } from '../shell/moment.ts';
import { roughDuration } from '../../util/quantity-text.ts';
import { hrefTo } from '../shell/route.ts';
import { endOf, SIGNS, toneOf } from '../tasks/words.ts';
import { useAnswer } from './use-answer.ts';

/** The runs. */
export function RunsPart({ task: source }: { task: ReadonlySignal<Task> }) {
  const task = source.value;
  const { name } = task.definition;
  const { answer, error } = useAnswer(
    (signal) => ask<{ readonly runs: readonly Run[] }>('GET', `tasks/${inPath(name)}/runs`, { query: { limit: 'all' }, signal }),
    `${name} ${task.lastRun?.runId ?? ''}`,
  );
  if (error !== undefined) return <p role="alert">{error}</p>;
  if (answer === undefined) return <p class="empty">Loading…</p>;
  if (answer.runs.length === 0) return <p class="empty">No run is over yet.</p>;
  return (
    <div class="scrolled" tabIndex={0} role="region" aria-label={`Runs of ${name}`}>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Started</th>
            <th scope="col">Lasted</th>
            <th scope="col">Ended with</th>
            <th scope="col">Pid</th>
            <th scope="col">Restart</th>
            <th scope="col">Run</th>
          </tr>
        </thead>
        <tbody>
          {answer.runs.map((run) => (
            <RunRow key={run.runId} run={run} task={task} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function RunRow({ run, task }: { run: Run; task: Task }) {
  const tone = toneOf({ status: run.status, definition: task.definition });
  return (
    <tr>
      <td>
        {run.startedAt === null ? (
          'never'
        ) : (
          <a href={hrefTo('tasks', task.definition.name, 'output', run.startedAt)} title="Its output">
            {toMoment(run.startedAt)}
          </a>
        )}
      </td>
      <td class="figure">
        {run.durationMs === null ? '' : run.durationMs < 1_000 ? `${Math.round(run.durationMs)} ms` : roughDuration(run.durationMs)}
      </td>
      <td class={`tone-${tone}`}>
        <span aria-hidden="true">{SIGNS[tone]}</span> {endOf(run)}
        {run.outputComplete === false && '; output not complete'}
      </td>
      <td class="figure">{run.pid}</td>
      <td class="figure">{run.restarts === null || run.restarts === 0 ? '' : run.restarts}</td>
      <td>
        <code>{run.runId}</code>
      </td>
    </tr>
  );
}
