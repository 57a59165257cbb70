/** What the file system of a directory can hold. Asks the kernel for its kind, and makes nothing to find out. */
import { statfsSync } from 'node:fs';

/**
 * Kinds on which a FIFO or a unix socket cannot be made, or only by some servers or programs behind them: `f_type` of statfs(2), from
 * linux/magic.h and the file systems' own sources.
 */
const WITHOUT_FIFOS: ReadonlySet<number> = new Set([
  0x4d44, // vfat
  0x2011bab0, // exfat
  0x5346544e, // ntfs
  0x7366746e, // ntfs3
  0x65735546, // fuse: sshfs, folders that a virtual machine shares
  0x01021997, // 9p: as above, and the Windows drives of WSL
  0x517b, // smb
  0xff534d42, // cifs
  0xfe534d42, // smb2
  0x786f4256, // vboxsf
  0x5346414f, // afs
]);

/** Whether FIFOs and unix sockets can be made in `dir`, as far as can be told. A directory that does not exist is nowhere, and passes. */
export function hasFifos(dir: string): boolean {
  try {
    return !WITHOUT_FIFOS.has(statfsSync(dir).type);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return true; // whoever opens it tells what is wrong
    throw error;
  }
}
