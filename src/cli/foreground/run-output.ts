/**
 * What a task writes in one run, passed on as it comes: its stdout to stdout, its stderr to stderr, byte by byte where it keeps files, and line by
 * line where it does not. Nothing is added, and nothing is made safe: it is as if the command ran here.
 */
import { followBytesOnDisk, type LogBytes, type OutputRecord, type RunnerApi, type TaskInfo } from '../../index.ts';
import type { Sink } from '../sink.ts';

/** Where the two streams go. */
export interface RunSinks {
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Takes a line about the output. */
  readonly tell: (text: string) => void;
}

/** The output of one run. */
export interface RunOutput {
  /** Resolves when all of it is passed on, once the run is over; null where none came about. */
  end(runId: string | null): Promise<void>;
}

/** Passes on what the task writes from now on. To be called before its start. */
export function passOutput(runner: RunnerApi, { definition }: TaskInfo, sinks: RunSinks): RunOutput {
  return definition.persistToDisk ? passBytes(runner, definition.name, sinks) : passLines(runner, definition.name, sinks);
}

function passBytes({ paths }: RunnerApi, name: string, sinks: RunSinks): RunOutput {
  let over = (): void => undefined;
  const ended = new Promise<void>((resolve) => (over = resolve));
  const passing = (['stdout', 'stderr'] as const).map((kind) => {
    const tell = (bytes: number): void =>
      sinks.tell(`${bytes} bytes of ${kind} skipped: they were rotated away before they could be shown`);
    return writeBytes(followBytesOnDisk(paths, name, kind, ended), sinks[kind], tell);
  });
  for (const each of passing) each.catch(() => undefined); // told by `end`
  return {
    end: async () => {
      over();
      await Promise.all(passing);
    },
  };
}

async function writeBytes(pieces: AsyncIterable<LogBytes>, sink: Sink, tell: (missingBytes: number) => void): Promise<void> {
  for await (const piece of pieces) {
    if (sink.failure !== null) return;
    if ('missingBytes' in piece) tell(piece.missingBytes);
    else {
      sink.write(Buffer.from(piece.bytes)); // the block is used again
      await sink.flush();
    }
  }
}

function passLines(runner: RunnerApi, name: string, sinks: RunSinks): RunOutput {
  const over = new AbortController();
  const passing = (['stdout', 'stderr'] as const).map((kind) => {
    const given = new GivenRuns();
    const records = runner.follow(name, { kind, signal: over.signal, onCaughtUp: (_task, runId) => given.add(runId) });
    const work = writeLines(records, sinks[kind], sinks.tell).catch((error: unknown) => {
      if (!over.signal.aborted) throw error;
    });
    work.catch(() => undefined); // told by `end`
    return { work, given };
  });
  return {
    end: async (runId) => {
      if (runId !== null) await Promise.all(passing.map(({ work, given }) => Promise.race([work, given.has(runId)])));
      over.abort();
      await Promise.all(passing.map(({ work }) => work));
    },
  };
}

/** The runs of which everything was given. */
class GivenRuns {
  readonly #runs = new Set<string>();
  #wake: () => void = () => undefined;

  add(runId: string): void {
    this.#runs.add(runId);
    this.#wake();
  }

  /** Resolves once this run is among them. */
  async has(runId: string): Promise<void> {
    while (!this.#runs.has(runId)) await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}

async function writeLines(records: AsyncIterable<OutputRecord>, sink: Sink, tell: (text: string) => void): Promise<void> {
  for await (const record of records) {
    if ('gap' in record) tell(`${record.gap.bytes} bytes of ${record.stream} skipped: more was written than memory keeps`);
    else await sink.push(`${record.text}\n`);
    if (sink.failure !== null) return;
  }
}
