/** Where a task is defined, in words. */
import type { Task } from '../server/json.ts';

/** The words. */
export function WhereDefined({ task: { origin, definedAt } }: { task: Task }) {
  if (definedAt !== null)
    return (
      <>
        in{' '}
        <code>
          {definedAt.file}:{definedAt.line}
        </code>
      </>
    );
  return <>{origin === 'api' ? 'here, and kept until it is removed' : 'by a program, or for the time of the daemon'}</>;
}
