/** Why a task is in its state, in words: the chain of reasons, each with what comes next. */
import type { ReadonlySignal } from '@preact/signals';
import { ask, inPath } from '../server/ask.ts';
import type { Reasons, Task } from '../server/json.ts';
import { toMoment } from '../shell/moment.ts';
import { hrefTo } from '../shell/route.ts';
import { useAnswer } from './use-answer.ts';

/** The reasons; asked for again whenever the task moves. */
export function WhyPart({ task }: { task: ReadonlySignal<Task> }) {
  const { definition, status, nextStartAt } = task.value;
  const { name } = definition;
  const { answer, error } = useAnswer(
    (signal) => ask<Reasons>('GET', `tasks/${inPath(name)}/why`, { signal }),
    JSON.stringify([name, status, nextStartAt]),
  );
  if (error !== undefined) return <p role="alert">{error}</p>;
  if (answer === undefined) return <p class="empty">Loading…</p>;
  return (
    <ol class="reasons">
      {answer.reasons.map((reason, index) => (
        <li key={index}>
          <a href={hrefTo('tasks', reason.task)}>{reason.task}</a> {withoutName(reason)}
          {reason.next !== null && (
            <p class="hint">
              Next: {reason.next}
              {reason.nextAt !== null && ` (${toMoment(reason.nextAt)})`}
            </p>
          )}
        </li>
      ))}
    </ol>
  );
}

/** Most messages begin with the name, which stands before them already. */
const withoutName = ({ task, message }: Reasons['reasons'][number]): string =>
  message.startsWith(`${task} `) ? message.slice(task.length + 1) : message;
