/** On whom a task depends, and who depends on it: two trees, each task with its state. */
import type { Task } from '../server/json.ts';
import type { TaskStore } from '../server/task-store.ts';
import { hrefTo } from '../shell/route.ts';
import { State } from '../tasks/state.tsx';

/** A dependency: which task, until what holds for it. */
interface Step {
  readonly name: string;
  readonly until: string;
}

type Next = (task: Task) => readonly Step[];

/** Both trees. */
export function DependenciesPart({ task, store }: { task: Task; store: TaskStore }) {
  const tasks = store.names.value.flatMap((name) => store.find(name)?.value ?? []);
  const down: Next = ({ definition }) => definition.dependsOn.map(({ task: name, until }) => ({ name, until }));
  const up: Next = ({ definition }) =>
    tasks.flatMap((other) =>
      down(other).flatMap(({ name, until }) => (name === definition.name ? [{ name: other.definition.name, until }] : [])),
    );
  return (
    <div class="trees">
      <section>
        <h3>It waits for</h3>
        <Tree task={task} next={down} store={store} none="It waits for no other task." />
      </section>
      <section>
        <h3>What waits for it</h3>
        <Tree task={task} next={up} store={store} none="No other task waits for it." />
      </section>
    </div>
  );
}

/** There are no cycles among dependencies. */
function Tree({ task, next, store, none }: { task: Task; next: Next; store: TaskStore; none?: string }) {
  const steps = next(task);
  if (steps.length === 0) return none === undefined ? null : <p class="hint">{none}</p>;
  return (
    <ul class="tree">
      {steps.map(({ name, until }) => {
        const other = store.find(name)?.value;
        return (
          <li key={name}>
            <a href={hrefTo('tasks', name)}>{name}</a> <span class="hint">until {until}</span>{' '}
            {other !== undefined && (
              <>
                <State task={other} />
                <Tree task={other} next={next} store={store} />
              </>
            )}
          </li>
        );
      })}
    </ul>
  );
}
