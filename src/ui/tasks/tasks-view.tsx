/** The tasks: all of them, or one whole. */
import type { PageInfo } from '../../trace/page-info.ts';
import type { TaskStore } from '../server/task-store.ts';

/** What a view is given. */
export interface ViewProps {
  readonly info: PageInfo;
  readonly store: TaskStore;
  /** What stands in the address behind the name of the view. */
  readonly path: readonly string[];
}

/** The tasks. */
export function TasksView({ store }: ViewProps) {
  return (
    <ul>
      {store.names.value.map((name) => (
        <li key={name}>
          {name} {store.find(name)?.value.status.state}
        </li>
      ))}
    </ul>
  );
}
