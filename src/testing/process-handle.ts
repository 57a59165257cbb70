/** The process of a task in the hands of a test: what it does is what the test says. There is none on this computer. */
import { TaskError } from '../index.ts';
import { resolveTaskScript, toExitCode, type ResolvedScript, type TaskScript } from './process-script.ts';
import type { VirtualProcess } from './process.ts';
import type { VirtualWorld } from './world.ts';

/** What a handle acts on. */
export interface ProcessHandleParts {
  readonly name: string;
  readonly world: VirtualWorld;
  /** Changes the scripts of the runs to come. */
  script(scripts: readonly ResolvedScript[]): void;
}

/** The process of a task's present run, whichever that is when a method is called. */
export class ProcessHandle {
  readonly #parts: ProcessHandleParts;

  constructor(parts: ProcessHandleParts) {
    this.#parts = parts;
  }

  /** Whether there is a process now. */
  get isAlive(): boolean {
    return this.#parts.world.process(this.#parts.name)?.isAlive ?? false;
  }

  /** Its number; null without a process. */
  get pid(): number | null {
    const process = this.#parts.world.process(this.#parts.name);
    return process?.isAlive === true ? process.pid : null;
  }

  /** It exits by itself. @throws TaskError `TASK_NOT_RUNNING` */
  exit(exitCode = 0): void {
    toExitCode(exitCode, 'exitCode');
    this.#act((process) => process.exit(exitCode));
  }

  /** A signal from outside, which the runner knows nothing of. @throws TaskError `TASK_NOT_RUNNING` */
  kill(signal = 'SIGKILL'): void {
    this.#act((process) => process.signal(signal));
  }

  /** Its probe `ready` passes from now on; `false`: fails. @throws TaskError `TASK_NOT_RUNNING` */
  ready(passes = true): void {
    this.#act((process) => process.set('ready', passes));
  }

  /** Its probe `alive` fails from now on; `false`: passes again. @throws TaskError `TASK_NOT_RUNNING` */
  hang(fails = true): void {
    this.#act((process) => process.set('alive', !fails));
  }

  /** What the processes of the runs to come do: the first script the next one, the last one all that follow. @throws TaskError `ARGUMENT_INVALID` */
  next(script: TaskScript): void {
    this.#parts.script(resolveTaskScript(script, this.#parts.name));
  }

  #act(act: (process: VirtualProcess) => void): void {
    const { name, world } = this.#parts;
    const process = world.process(name);
    if (process?.isAlive !== true) throw new TaskError('TASK_NOT_RUNNING', `${name} has no process now`, { details: { task: name } });
    act(process);
    world.settle();
  }
}
