/** Every task with its command and the place where it is defined. */
import { useState } from 'preact/hooks';
import type { Task } from '../server/json.ts';
import type { TaskStore } from '../server/task-store.ts';
import { hrefTo } from '../shell/route.ts';
import { Removal } from './removal.tsx';
import { WhereDefined } from './where-defined.tsx';

/** The list. */
export function DefinitionList({ store, mayDefine }: { store: TaskStore; mayDefine: boolean }) {
  const [removed, setRemoved] = useState<string | undefined>(undefined);
  const tasks = store.names.value.flatMap((name) => store.find(name)?.value ?? []);
  return (
    <div class="configuration">
      <header class="configuration-head">
        <h2>Tasks</h2>
        {mayDefine ? (
          <a class="button primary" href={hrefTo('configuration', 'new')}>
            New task
          </a>
        ) : (
          <p class="hint">
            Over TCP, commands may be defined only where <code>allow_define = true</code> stands under <code>[api]</code>; through{' '}
            <code>dirigent open</code> they always may.
          </p>
        )}
      </header>
      {tasks.length === 0 ? (
        <p class="empty">There are no tasks yet.</p>
      ) : (
        <table class="table definitions">
          <thead>
            <tr>
              <th scope="col">Task</th>
              <th scope="col">Command</th>
              <th scope="col">Defined</th>
              <th scope="col">Change</th>
            </tr>
          </thead>
          <tbody>
            {tasks.map((task) => (
              <DefinitionRow key={task.definition.name} task={task} onRemove={() => setRemoved(task.definition.name)} />
            ))}
          </tbody>
        </table>
      )}
      {removed !== undefined && <Removal name={removed} onClose={() => setRemoved(undefined)} />}
    </div>
  );
}

function DefinitionRow({ task, onRemove }: { task: Task; onRemove: () => void }) {
  const { name, command, args } = task.definition;
  return (
    <tr>
      <th scope="row">
        <a href={hrefTo('tasks', name, 'definition')}>{name}</a>
      </th>
      <td class="command">
        <code>{[command, ...args].join(' ')}</code>
      </td>
      <td>
        <WhereDefined task={task} />
      </td>
      <td>
        {task.origin === 'file' ? (
          <span class="hint">in the file</span>
        ) : (
          <span class="commands">
            <a class="button" href={hrefTo('configuration', name)} aria-label={`Edit ${name}`}>
              Edit
            </a>
            <button type="button" aria-label={`Delete ${name}`} onClick={onRemove}>
              Delete
            </button>
          </span>
        )}
      </td>
    </tr>
  );
}
