/**
 * Tells when something in a folder changes, also in one that does not exist yet, or is removed and made anew: for whoever reads
 * the files of a runner without being told by it. The system tells, inotify(7); nothing here polls, and nothing is read.
 */
import { lstatSync, watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Called with the name in the folder that changed; null: with whatever it is. */
export type OnChange = (name: string | null) => void;

/** What is watched, and who is told. */
export interface FolderWatchOptions {
  readonly path: string;
  readonly onChange: OnChange;
  readonly onError: (error: Error) => void;
  /**
   * How many folders above are watched too. The system tells the end of a folder only when nobody has a file of it open, and
   * the folder above tells it in every case. @default 0
   */
  readonly levelsAbove?: number;
}

/** A folder that is watched until it is closed. */
export class FolderWatch {
  readonly #options: FolderWatchOptions;
  readonly #name: string;
  #watcher: FSWatcher | undefined;
  /** Inode of the folder that is watched; -1: there is none. */
  #ino = -1;
  #parent: FolderWatch | undefined;
  #isClosed = false;

  /**
   * What changes from now on is told.
   * @throws Error when it cannot be watched, such as `ENOSPC` where the system has no watches left
   */
  constructor(options: FolderWatchOptions) {
    this.#options = options;
    this.#name = basename(options.path);
    if ((options.levelsAbove ?? 0) > 0) this.#watchAbove();
    this.#open();
  }

  /** Looks whether the folder is still the one that is watched, and goes on with the one that is there. */
  check(): void {
    const ino = this.#present();
    if (this.#isClosed || ino === this.#ino) return;
    try {
      this.#open();
    } catch (error) {
      this.#fail(error as Error);
    }
    this.#options.onChange(null);
  }

  close(): void {
    this.#isClosed = true;
    this.#watcher?.close();
    this.#parent?.close();
  }

  #open(): void {
    this.#watcher?.close();
    this.#watcher = this.#watch();
    if (this.#watcher !== undefined || dirname(this.#options.path) === this.#options.path) return;
    // It is waited for where it will come, and may have come before that was watched.
    this.#watchAbove();
    this.#watcher = this.#watch();
  }

  #watchAbove(): void {
    this.#parent ??= new FolderWatch({
      path: dirname(this.#options.path),
      onChange: (name) => {
        if (name === null || name === this.#name) this.check();
      },
      onError: this.#options.onError,
      levelsAbove: Math.max(0, (this.#options.levelsAbove ?? 0) - 1),
    });
  }

  #watch(): FSWatcher | undefined {
    this.#ino = -1;
    try {
      const watcher = watch(this.#options.path, (_type, name) => this.#changed(name));
      watcher.on('error', (error) => this.#fail(error));
      this.#ino = this.#present();
      return watcher;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      throw error;
    }
  }

  #changed(name: string | null): void {
    if (this.#isClosed) return;
    // The end of the folder itself is told under its own name; another one may have its inode already.
    if (name === this.#name) this.#ino = -1;
    if (name === null || name === this.#name) this.check();
    this.#options.onChange(name);
  }

  #fail(error: Error): void {
    if (!this.#isClosed) this.#options.onError(error);
  }

  #present(): number {
    return lstatSync(this.#options.path, { throwIfNoEntry: false })?.ino ?? -1;
  }
}
