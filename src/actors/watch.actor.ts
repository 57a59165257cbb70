/** The effect behind the task machine's `watch`: tells, once for many changes that come together, that watched files changed. */
import { performance } from 'node:perf_hooks';
import picomatch from 'picomatch';
import { fromCallback } from 'xstate';
import type { TaskEvent } from '../../machines/task.events.ts';
import type { WatchInput } from '../../machines/task.types.ts';
import { newRunId } from './process.actor.ts';

/** Changes that come closer together than this are one: an editor, or a build, writes many files. */
const DEBOUNCE_MS = 100;
/** Files that change without a pause restart the task all the same. */
const LONGEST_WAIT_MS = 2_000;

/** A glob, as what can be watched and what decides. */
interface Target {
  /** A file or folder without any wildcard. */
  readonly base: string;
  readonly matches: (path: string) => boolean;
}

/**
 * The logic to provide as the task machine's `watch`. `warn` hears what cannot be watched; `listening` is called once every
 * file there is is being watched.
 */
export const createWatchLogic = (warn: (message: string) => void, listening: () => void = () => undefined) =>
  fromCallback<TaskEvent, WatchInput>(({ input, sendBack }) => {
    const changed = debounced(() => sendBack({ type: 'files.changed', runId: newRunId() }));
    const stopped = new AbortController();
    watchFiles(input.globs.map(toTarget), changed.call, warn, listening, stopped.signal).catch((error: unknown) =>
      warn(`files cannot be watched: ${String(error)}`),
    );
    return () => {
      changed.cancel();
      stopped.abort();
    };
  });

/** Watches until `signal` is aborted. The library is loaded only for who watches. */
async function watchFiles(
  targets: readonly Target[],
  changed: () => void,
  warn: (message: string) => void,
  listening: () => void,
  signal: AbortSignal,
): Promise<void> {
  const { watch } = await import('chokidar');
  if (signal.aborted) return;
  const bases = targets.map(({ base }) => base);
  const watcher = watch(bases, {
    ignoreInitial: true,
    // Folders pass: a match may lie below.
    ignored: (path, stats) => stats?.isFile() === true && !targets.some(({ matches }) => matches(path)),
  });
  watcher.on('all', (event) => {
    if (event !== 'addDir' && event !== 'unlinkDir') changed();
  });
  watcher.on('error', (error) => warn(`a watched file cannot be watched: ${error instanceof Error ? error.message : String(error)}`));
  watcher.once('ready', listening);
  signal.addEventListener('abort', () => void watcher.close(), { once: true });
}

function toTarget(glob: string): Target {
  const { base, isGlob } = picomatch.scan(glob);
  const isMatch = picomatch(glob, { dot: true });
  const isInside = (path: string): boolean => path === glob || path.startsWith(`${glob}/`);
  return { base: isGlob ? base : glob, matches: isGlob ? (path) => isMatch(path) : isInside };
}

/** Calls `fn` once a while after the last call, and no later than {@link LONGEST_WAIT_MS} after the first one. */
function debounced(fn: () => void): { readonly call: () => void; readonly cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let first: number | undefined;
  return {
    call: () => {
      first ??= performance.now();
      const leftMs = LONGEST_WAIT_MS - (performance.now() - first);
      clearTimeout(timer);
      timer = setTimeout(
        () => {
          first = undefined;
          fn();
        },
        Math.max(0, Math.min(DEBOUNCE_MS, leftMs)),
      );
    },
    cancel: () => clearTimeout(timer),
  };
}
