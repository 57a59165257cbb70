/** Disks that fail as real ones do, at the seam where a log writes. They fail when a test says so, never by chance. */
import { fstatSync, statSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import type { WriteFunction } from '../../../src/output/capture/write-fully.ts';

/** Errors a write may end with. */
export type DiskError = 'ENOSPC' | 'EIO' | 'EDQUOT' | 'EROFS' | 'EFBIG' | 'EPERM' | 'EACCES' | 'EAGAIN' | 'EINTR';

/** The error of a system call, as Node.js throws it: one it has no name for, too. */
export function systemError(code: DiskError): Error {
  const errno = -constants.errno[code];
  const shown = code === 'EDQUOT' ? `Unknown system error ${errno}` : code;
  return Object.assign(new Error(`${shown}: ${shown}, write`), { code: shown, errno });
}

/** A disk that takes `freeBytes` more, then fails as a full one does: a short write first. */
export class FailingDisk {
  freeBytes = Number.POSITIVE_INFINITY;
  code: DiskError = 'ENOSPC';
  /** Only this file fails; null: all do. */
  path: string | null = null;
  /** How often it refused. */
  refusals = 0;
  /** Called before each write. */
  onWrite: () => void = () => {};

  readonly write: WriteFunction = (fd, bytes, offset, length) => {
    this.onWrite();
    if (this.path !== null && fstatSync(fd).ino !== statSync(this.path).ino) return writeSync(fd, bytes, offset, length);
    const count = Math.min(length, this.freeBytes);
    if (count === 0) {
      this.refusals += 1;
      throw systemError(this.code);
    }
    this.freeBytes -= count;
    return writeSync(fd, bytes, offset, count);
  };

  /** It takes everything again. */
  mend(): void {
    this.freeBytes = Number.POSITIVE_INFINITY;
  }
}
