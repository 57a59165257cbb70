/** How a task is defined, every default written out; of its environment the names alone, the server tells no more. */
import type { Task } from '../server/json.ts';
import { toKey, toToml } from '../configuration/toml.ts';
import { hrefTo } from '../shell/route.ts';
import { WhereDefined } from '../configuration/where-defined.tsx';

/** The definition. */
export function DefinitionPart({ task }: { task: Task }) {
  const { env, ...definition } = task.definition;
  return (
    <div class="scrolled" tabIndex={0} role="region" aria-label="Definition">
      <p class="hint">
        <WhereDefined task={task} /> {task.origin !== 'file' && <a href={hrefTo('configuration', task.definition.name)}>Change it</a>}
      </p>
      <table class="table definition">
        <tbody>
          {Object.entries(definition).map(([key, value]: [string, unknown]) => (
            <tr key={key}>
              <th scope="row">{toKey(key)}</th>
              <td>
                <code>{toToml(key, value)}</code>
              </td>
            </tr>
          ))}
          <tr>
            <th scope="row">env</th>
            <td>{env.length === 0 ? <code>{'{}'}</code> : `${env.join(', ')} (values are not shown)`}</td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}
