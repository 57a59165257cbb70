/** The tasks: all of them, or one whole. */
import type { PageInfo } from '../../trace/page-info.ts';
import type { TaskStore } from '../server/task-store.ts';
import { TaskView } from '../task/task-view.tsx';
import { TaskList } from './task-list.tsx';

/** What a view is given. */
export interface ViewProps {
  readonly info: PageInfo;
  readonly store: TaskStore;
  /** What stands in the address behind the name of the view. */
  readonly path: readonly string[];
}

/** The tasks. */
export function TasksView({ info, store, path: [name, ...path] }: ViewProps) {
  if (name === undefined) return <TaskList store={store} mayDefine={info.mayDefine} />;
  return <TaskView key={name} name={name} path={path} store={store} />;
}
