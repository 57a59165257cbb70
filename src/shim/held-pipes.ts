/**
 * Second read ends of a run's pipes. The log worker's own are closed with it, whatever it dies of; as long as these are open the task
 * gets no SIGPIPE, what it wrote stays in the pipe, and the next worker reads on. Nothing is ever read here.
 */
import { closeSync, constants, fstatSync, openSync } from 'node:fs';

/** The read ends that the log worker was given. */
export interface ReadEnds {
  readonly stdoutFd: number;
  readonly stderrFd: number;
}

/** One pipe: an end for the worker, which closes it once that has begun to read, and one that is ours. */
class HeldPipe {
  #readFd: number;
  readonly #heldFd: number;

  constructor(readFd: number) {
    this.#readFd = readFd;
    this.#heldFd = reopen(readFd, constants.O_RDONLY);
  }

  /** The end for the worker, opened again where the last one closed it. @throws the system's error */
  readEnd(): number {
    // A number may be another's by now. Nobody else opens this FIFO, so where it is the same file, it is the same descriptor.
    if (isSameFile(this.#readFd, this.#heldFd)) return this.#readFd;
    this.#readFd = reopen(this.#heldFd, constants.O_RDONLY);
    // Without writers a FIFO that is opened late never tells its end, unless one comes and goes.
    closeSync(reopen(this.#heldFd, constants.O_WRONLY));
    return this.#readFd;
  }

  /** Closes both: the worker has none of them. */
  closeBoth(): void {
    if (isSameFile(this.#readFd, this.#heldFd)) closeSync(this.#readFd);
    this.close();
  }

  /** The worker has closed its end. */
  close(): void {
    closeSync(this.#heldFd);
  }
}

/** Both pipes of a run. */
export class HeldPipes {
  readonly #stdout: HeldPipe;
  readonly #stderr: HeldPipe;

  /** Takes both descriptors over. @throws the system's error, with both closed */
  constructor({ stdoutFd, stderrFd }: ReadEnds) {
    let stdout: HeldPipe | undefined;
    try {
      stdout = new HeldPipe(stdoutFd);
      this.#stderr = new HeldPipe(stderrFd);
      this.#stdout = stdout;
    } catch (error) {
      stdout?.close();
      for (const fd of [stdoutFd, stderrFd]) closeSync(fd);
      throw error;
    }
  }

  /** The ends for the worker, opened again where the last one closed them. @throws the system's error */
  readEnds(): ReadEnds {
    return { stdoutFd: this.#stdout.readEnd(), stderrFd: this.#stderr.readEnd() };
  }

  /** Closes all ends: the worker has none of them. */
  closeAll(): void {
    this.#stdout.closeBoth();
    this.#stderr.closeBoth();
  }

  /** The worker has read both to their end, and closed its own. */
  close(): void {
    this.#stdout.close();
    this.#stderr.close();
  }
}

/** Opens the pipe behind a descriptor once more, non-blocking. */
const reopen = (fd: number, flags: number): number => openSync(`/proc/self/fd/${fd}`, flags | constants.O_NONBLOCK);

function isSameFile(fd: number, heldFd: number): boolean {
  const held = fstatSync(heldFd);
  try {
    const { dev, ino } = fstatSync(fd);
    return dev === held.dev && ino === held.ino;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EBADF') return false;
    throw error;
  }
}
