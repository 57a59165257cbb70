/** The configuration: which tasks there are and where each is defined; a new one; a change of one. */
import { useAnswer } from '../task/use-answer.ts';
import type { ViewProps } from '../tasks/tasks-view.tsx';
import { DefinitionList } from './definition-list.tsx';
import { readKeys } from './schema.ts';
import { TaskForm } from './task-form.tsx';

/** The word in the address for a new task. Of a task with this name the form says that it is there already. */
const NEW = 'new';

/** The configuration. */
export function ConfigurationView({ info, store, path: [name] }: ViewProps) {
  if (!store.isLoaded.value) return <p class="empty">Loading…</p>;
  return name === undefined ? <DefinitionList store={store} mayDefine={info.mayDefine} /> : <Editing store={store} name={name} />;
}

function Editing({ store, name }: Pick<ViewProps, 'store'> & { name: string }) {
  const { answer: keys, error } = useAnswer(readKeys, 'keys');
  const task = name === NEW ? undefined : store.find(name)?.peek();
  if (error !== undefined) return <p role="alert">{error}</p>;
  if (keys === undefined) return <p class="empty">Loading…</p>;
  if (task === undefined && name !== NEW) return <p class="empty">There is no task {name}.</p>;
  return <TaskForm key={name} keys={keys} task={task} />;
}
