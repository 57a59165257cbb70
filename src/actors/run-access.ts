/** The ways into one run besides its machine's commands: input, what its probes hear, commands executed for it. Decides nothing. */
import type { ProcessInput } from '../../machines/task.types.ts';
import type { ShimClient } from '../shim/client.ts';
import type { ExecReply } from '../shim/protocol.ts';
import { RunInput } from './run-input.ts';
import { RunWatches } from './run-watches.ts';

/** Why a command counts as failed, in a part of a sentence, or undefined when it does not. */
export function failureOf({ exitCode, signal, timedOut, output, error }: ExecReply, timeoutMs: number): string | undefined {
  if (error !== undefined) return error;
  if (timedOut) return `timed out after ${timeoutMs} ms`;
  if (exitCode === 0) return undefined;
  const lastLine = output.trimEnd().split('\n').at(-1) ?? '';
  return `${exitCode === null ? `died of ${signal}` : `exited with ${exitCode}`}${lastLine === '' ? '' : `: ${lastLine}`}`;
}

/** One run, as others than its machine reach it. */
export class RunAccess {
  readonly input: RunInput;
  readonly watches: RunWatches;
  readonly #run: string;
  readonly #client: () => Promise<ShimClient>;

  /** @param client of the shim that holds the run then; rejects when the run cannot be asked for */
  constructor(
    { definition, runId, isResumed }: Pick<ProcessInput, 'definition' | 'runId' | 'isResumed'>,
    client: () => Promise<ShimClient>,
  ) {
    this.#run = runId;
    this.#client = client;
    this.input = new RunInput(definition.name, runId, client);
    const post = (type: 'arm' | 'disarm', watch: string): void => {
      // A run that could not be asked for has nothing to listen to, which its status tells.
      client()
        .then((connected) => connected.post({ type, run: runId, watch }))
        .catch(() => undefined);
    };
    this.watches = new RunWatches(definition, post, isResumed);
  }

  /**
   * Runs a command in the run's folder and environment and as its user; its outcome is an answer, whatever it is.
   * @throws ShimLostError; Error when the run is over
   */
  async exec(args: readonly string[], timeoutMs: number): Promise<ExecReply> {
    const client = await this.#client();
    return (await client.call({ method: 'exec', run: this.#run, args, timeoutMs })) as ExecReply;
  }
}
