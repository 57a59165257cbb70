/**
 * Whose the tasks are that `up` shows: those of a runner of its own, which end with it, or those of a daemon, which it may leave to that. Prints
 * nothing.
 */
import type { RemoteRunner } from '../../http/index.ts';
import type { FollowOptions, OutputRecord, RunnerApi, TaskInfo, TaskRunner } from '../../index.ts';
import type { Control } from '../daemon/control.ts';

/** What `up` may do with the tasks, and must do when it ends. */
export interface Tenure {
  readonly runner: RunnerApi;
  /** Resolves with the reason when it is not us who ends it. */
  readonly asked: Promise<string>;
  /** Whether a task ends with us. */
  isOurs(name: string): boolean;
  follow(names: readonly string[], options: FollowOptions): AsyncIterable<OutputRecord>;
  /** Stops those of the `open` tasks that are ours, those first that nothing depends on, and ends what is followed. `told` resolves when all that is known is shown. */
  end(open: readonly string[], told: () => Promise<unknown>): Promise<void>;
  /** Kills these. */
  kill(names: readonly string[]): void;
}

/** That of a runner of ours, which others reach by its socket. */
export function ownTenure(runner: TaskRunner, { listening, asked }: Control): Tenure {
  return {
    runner,
    asked: asked.then(() => 'asked to end by another command'),
    isOurs: () => true,
    follow: (names, options) => runner.follow(names, options),
    end: async () => {
      listening.retire();
      await runner.close();
    },
    kill: () => runner.kill(),
  };
}

/** That of a connection to a daemon: what ran before we came goes on without us. `ours` are those that are started for us. */
export function attachedTenure(daemon: RemoteRunner, ours: readonly TaskInfo[]): Tenure {
  const enough = new AbortController();
  const names = new Set(ours.map(({ definition }) => definition.name));
  let isEnding = false;
  const asked = new Promise<string>((resolve) =>
    daemon.on('runner.closing', () => {
      isEnding = true;
      resolve('the daemon ends');
    }),
  );
  const isOurs = (name: string): boolean => !isEnding && names.has(name);
  return {
    runner: daemon,
    asked,
    isOurs,
    follow: (followed, options) => untilAborted(daemon.follow(followed, { ...options, signal: enough.signal }), enough.signal),
    end: async (open, told) => {
      if (isEnding) return; // what is followed ends with the last words of the tasks
      await stopInOrder(daemon, open.filter(isOurs));
      await told();
      enough.abort();
    },
    kill: (killed) => {
      // One that has ended meanwhile is as it should be, and how the others end is told by their states.
      for (const name of killed) daemon.stop(name, { kill: true }).catch(() => undefined);
    },
  };
}

/** Those first that others of them do not depend on. */
async function stopInOrder(daemon: RemoteRunner, names: readonly string[]): Promise<void> {
  const stopping = new Map<string, Promise<unknown>>();
  const dependants = (name: string): string[] =>
    names.filter((other) => daemon.getTask(other).definition.dependsOn.some(({ task }) => task === name));
  const stop = (name: string): Promise<unknown> => {
    const work = stopping.get(name) ?? Promise.all(dependants(name).map(stop)).then(() => daemon.stop(name));
    stopping.set(name, work);
    return work;
  };
  await Promise.all(names.map(stop));
}

async function* untilAborted(records: AsyncIterable<OutputRecord>, signal: AbortSignal): AsyncGenerator<OutputRecord> {
  try {
    yield* records;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
