/** The pipes a run has besides its output, where its definition asks for any: standard input, and descriptors for notices. They live and go together; nothing is opened for a run that asks for none. */
import type { FifoPool } from './fifo-pool.ts';
import { NoticePipe } from './notify.ts';
import type { SignFact, SpawnMessage } from './protocol.ts';
import type { Standing } from './standing.ts';
import { TaskInput } from './stdin.ts';

/** What a child has as each of its descriptors. */
export type ChildStdio = ('ignore' | number)[];

/** The further pipes of one run. */
export class ExtraPipes {
  readonly input: TaskInput | undefined;
  readonly #notices: readonly NoticePipe[];

  private constructor(input: TaskInput | undefined, notices: readonly NoticePipe[]) {
    this.input = input;
    this.#notices = notices;
  }

  /** What a run asks for, not yet open; undefined where that is nothing. */
  static of({ run, stdin, watches = [] }: SpawnMessage, fifos: FifoPool, heard: (fact: SignFact) => void): ExtraPipes | undefined {
    const notices = new Map<number, NoticePipe>();
    for (const watch of watches) {
      if (watch.kind !== 'notify') continue;
      const pipe = notices.get(watch.fd) ?? new NoticePipe(watch.fd, fifos, (id) => heard({ type: 'notified', run, watch: id }));
      pipe.add(watch.id, watch.armed);
      notices.set(watch.fd, pipe);
    }
    if (stdin === undefined && notices.size === 0) return undefined;
    return new ExtraPipes(stdin === undefined ? undefined : new TaskInput(fifos), [...notices.values()]);
  }

  /** Opens all of them. What fails leaves none open, so that it can be tried again. */
  async open(owner: Standing['owner']): Promise<void> {
    try {
      await this.input?.open(owner);
      for (const notice of this.#notices) await notice.open();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The descriptors of the process: input, the two of its output, and those for notices at their numbers. */
  stdio(stdout: number, stderr: number): ChildStdio {
    const stdio: ChildStdio = [this.input?.childFd ?? 'ignore', stdout, stderr];
    // Those in between are closed in the child: nothing of ours is inherited.
    for (const { fd, childFd } of this.#notices) stdio[fd] = childFd ?? 'ignore';
    return Array.from(stdio, (entry) => entry ?? 'ignore');
  }

  /** The process was forked and has its ends. */
  forked(): void {
    this.input?.forked();
    for (const notice of this.#notices) notice.forked();
  }

  /** Closes what no process has yet. */
  close(): void {
    this.input?.close();
    for (const notice of this.#notices) notice.over();
  }

  /** There is no process, or none any more. */
  over(): void {
    this.input?.over();
    for (const notice of this.#notices) notice.over();
  }

  /** Arms a watch of one of these pipes. */
  arm(watch: string): void {
    for (const notice of this.#notices) notice.arm(watch);
  }

  /** Disarms a watch of one of these pipes. */
  disarm(watch: string): void {
    for (const notice of this.#notices) notice.disarm(watch);
  }
}
