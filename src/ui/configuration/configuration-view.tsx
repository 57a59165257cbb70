/** The configuration: which tasks there are, and where each is defined. */
import type { ViewProps } from '../tasks/tasks-view.tsx';

/** The configuration. */
export function ConfigurationView({ store }: ViewProps) {
  return <p>{store.names.value.length} tasks</p>;
}
