/** What of all that happens to tasks is said aloud: how they end up, not each step on the way there. */
import type { Happening } from '../server/json.ts';
import { announce } from './announce.ts';

/** Says it, where it matters. */
export function tellAloud(happening: Happening): void {
  const text = toSentence(happening);
  if (text !== undefined) announce(text);
}

function toSentence(happening: Happening): string | undefined {
  switch (happening.type) {
    case 'task.changed': {
      const { task, from, to } = happening;
      if (to.state === 'failed' && from.state !== 'failed') return `${task} failed: ${to.error.message}`;
      if (to.state === 'finished' && from.state !== 'finished') return `${task} finished with exit code ${to.exitCode}`;
      if (to.state === 'stopped' && from.state === 'running') return `${task} stopped`;
      return to.state === 'running' && to.phase === 'ready' && to.phase !== from.phase ? `${task} is ready` : undefined;
    }
    case 'task.registered':
      return `${happening.task} was defined`;
    case 'task.removed':
      return `${happening.task} was removed`;
    case 'group.gaveUp':
      return `The group ${happening.group} gave up`;
    case 'runner.closing':
      return 'The runner is closing';
    case 'shim.lost':
      return 'The companion process was lost, and every task that ran';
    default:
      return undefined;
  }
}
