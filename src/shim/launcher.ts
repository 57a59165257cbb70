/** Starts the processes of one run: its main one, and what is executed for it later, all with the same standing. Holds no process. */
import type { ChildProcess } from 'node:child_process';
import { execute } from './exec.ts';
import type { ChildStdio } from './extra-pipes.ts';
import type { ExecReply, SpawnFailure, SpawnMessage } from './protocol.ts';
import { PLAIN, resolveStanding, spawnAs, type Program, type Standing } from './standing.ts';

/** Starts what belongs to one run. */
export class Launcher {
  readonly #request: SpawnMessage;
  readonly #warn: (message: string) => void;
  #standing: Standing = PLAIN;

  constructor(request: SpawnMessage, warn: (message: string) => void) {
    this.#request = request;
    this.#warn = warn;
  }

  /** Finds out what the run's user and priority mean, where it has any. */
  async findStanding(): Promise<SpawnFailure | undefined> {
    const { task, user, nice } = this.#request;
    if (user === undefined && nice === undefined) return undefined;
    const standing = await resolveStanding(this.#request, (message) => this.#warn(`${task}: ${message}`));
    if ('code' in standing) return standing;
    this.#standing = standing;
    return undefined;
  }

  /** Who owns the pipes of the run besides us. */
  get owner(): Standing['owner'] {
    return this.#standing.owner;
  }

  /** Starts the main process, at the head of a session of its own. @throws what spawn throws */
  spawn(stdio: ChildStdio): ChildProcess {
    return spawnAs(this.#standing, this.#program, { stdio, detached: true });
  }

  /** Runs a short command in the folder and environment and as the user of the run. */
  execute([command = '', ...args]: readonly string[], timeoutMs: number): Promise<ExecReply> {
    return execute({ ...this.#program, command, args }, this.#standing, timeoutMs);
  }

  get #program(): Program {
    const standing = this.#standing;
    return standing === PLAIN ? this.#request : { ...this.#request, env: { ...standing.env, ...this.#request.env } };
  }
}
