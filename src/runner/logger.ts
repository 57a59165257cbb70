/** The runner's own log: what an operator may want to know. Silent unless the host passes a logger; never a task's output. */
type LogMethod = (details: object, message: string) => void;

/** The part of pino's interface that the runner calls. */
export interface RunnerLogger {
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
}

/** The logger of a runner whose host passed none. */
export const silentLogger: RunnerLogger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {
  // silence is the default
}
