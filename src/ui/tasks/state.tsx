/** The state of a task: a sign, a colour and a word. */
import type { Task } from '../server/json.ts';
import { SIGNS, stateOf, toneOf } from './words.ts';

/** The state. */
export function State({ task }: { task: Task }) {
  const tone = toneOf(task);
  return (
    <span class={`state tone-${tone}`}>
      <span aria-hidden="true">{SIGNS[tone]}</span> {stateOf(task.status)}
    </span>
  );
}
