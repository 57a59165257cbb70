/** What can be done with a runner, wherever that is. Types alone. */
import type { TaskRunner } from './runner.ts';

/** The methods of a runner: of one in this process, or of one behind a connection. */
export type RunnerApi<Name extends string = string> = Pick<TaskRunner<Name>, keyof TaskRunner<Name>>;
