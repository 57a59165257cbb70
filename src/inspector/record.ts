/** Writes what a watch takes to a file, line by line, as it comes. The file is this user's alone. */
import { closeSync, fchmodSync, openSync, writeSync } from 'node:fs';
import { formatRecording } from '../trace/recording.ts';
import type { Watch } from './watch.ts';

/** Readable by its owner. */
const MODE = 0o600;

/**
 * Begins to write, over what was there.
 * @param onFault told when no more can be written, which ends it
 * @returns ends it, once all that came until then is written
 * @throws the system's error where the file cannot be opened
 */
export function recordTo(file: string, watch: Watch, onFault: (error: unknown) => void): () => void {
  const fd = openSync(file, 'w', MODE);
  fchmodSync(fd, MODE); // one that was there has a mode of its own
  let isOpen = true;
  const writeAll = (): void => {
    for (let { lines } = watch.take(); lines.length > 0; { lines } = watch.take()) writeSync(fd, formatRecording(lines));
  };
  const stop = (): void => {
    if (!isOpen) return;
    isOpen = false;
    process.off('exit', stop);
    try {
      writeAll();
    } catch (error) {
      onFault(error);
    } finally {
      closeSync(fd);
      watch.close();
    }
  };
  const follow = async (): Promise<void> => {
    while (isOpen && !watch.isClosed) {
      writeAll();
      await watch.more();
    }
    stop();
  };
  // A process that ends takes its last words with it otherwise.
  process.once('exit', stop);
  follow().catch((error: unknown) => {
    onFault(error);
    stop();
  });
  return stop;
}
