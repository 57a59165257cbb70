/** The buttons by which a task is told what to do. */
import type { Task } from '../server/json.ts';
import { tell, type Command } from './commands.ts';
import { isUp } from './words.ts';

interface Button {
  readonly command: Command;
  readonly sign: string;
  readonly name: string;
}

const START: Button = { command: 'start', sign: '▶', name: 'Start' };
const STOP: Button = { command: 'stop', sign: '■', name: 'Stop' };
const KILL: Button = { command: 'kill', sign: '☠', name: 'Kill' };
const RESTART: Button = { command: 'restart', sign: '↻', name: 'Restart' };

/** Start or stop, and restart; while a task does not stop, kill. */
export function CommandButtons({
  task,
  isCompact = false,
  isInTabOrder = true,
}: {
  task: Task;
  isCompact?: boolean;
  isInTabOrder?: boolean;
}) {
  const { name } = task.definition;
  const buttons = task.status.phase === 'stopping' ? [KILL, RESTART] : [isUp(task) ? STOP : START, RESTART];
  return (
    <>
      {buttons.map(({ command, sign, name: label }) => (
        <button
          key={label}
          type="button"
          class={isCompact ? 'quiet' : ''}
          tabIndex={isInTabOrder ? 0 : -1}
          aria-label={isCompact ? `${label} ${name}` : undefined}
          title={isCompact ? label : undefined}
          onClick={(event) => {
            event.stopPropagation();
            void tell(name, command);
          }}
        >
          <span aria-hidden="true">{sign}</span>
          {!isCompact && label}
        </button>
      ))}
    </>
  );
}
