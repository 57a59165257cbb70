/**
 * The bytes of one log as they come, from its files alone: for whoever passes them on as they are, where lines would cut and decode them. Changes
 * nothing, and polls nothing.
 */
import type { OutputKind } from './model/output.ts';
import { FileSource } from './output/read/file-source.ts';
import { FolderWatch } from './output/read/folder-watch.ts';
import type { DirigentPaths } from './paths.ts';

/** Bytes of a log, valid until the next are asked for; or how many were rotated away before they could be read. */
export type LogBytes = { readonly bytes: Buffer } | { readonly missingBytes: number };

/** Bytes read at once. */
const BLOCK_BYTES = 64 * 1024;

/**
 * What a task that keeps files writes to one of its logs after this call, to what is there once `ended` resolves. A folder that cannot be watched
 * rejects what is asked for next.
 */
export function followBytesOnDisk(
  paths: DirigentPaths,
  task: string,
  kind: OutputKind,
  ended: Promise<unknown>,
): AsyncGenerator<LogBytes, void, void> {
  return new FollowedBytes(paths.taskDir(task), kind, ended).read();
}

class FollowedBytes {
  readonly #source: FileSource;
  readonly #watch: FolderWatch;
  #failure: Error | undefined;
  #hasEnded = false;
  #hasChanged = false;
  #wake: () => void = () => undefined;

  constructor(dir: string, kind: OutputKind, ended: Promise<unknown>) {
    const onError = (error: Error): void => this.#changed(() => (this.#failure = error));
    this.#watch = new FolderWatch({ path: dir, onChange: () => this.#changed(), onError });
    this.#source = new FileSource({ dir, kind }, { type: 'end' }, () => null);
    const end = (): void => this.#changed(() => (this.#hasEnded = true));
    ended.then(end, end);
  }

  async *read(): AsyncGenerator<LogBytes, void, void> {
    const block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    try {
      for (;;) {
        if (this.#failure !== undefined) throw this.#failure;
        const isLast = this.#hasEnded; // before it is read: then all there is was there
        this.#hasChanged = false;
        const piece = await this.#source.read(block);
        if (piece !== undefined) yield piece.type === 'gap' ? { missingBytes: piece.bytes } : { bytes: piece.bytes };
        else if (isLast) return;
        else await this.#woken();
      }
    } finally {
      this.#watch.close();
      this.#source.close();
    }
  }

  #changed(note: () => void = () => undefined): void {
    note();
    this.#hasChanged = true;
    this.#wake();
  }

  async #woken(): Promise<void> {
    if (!this.#hasChanged) await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}
