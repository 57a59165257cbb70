/** A file system that is soon full: a tmpfs of 1 MB. Who may not mount one is told so, and decides what to do without. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { atEnd } from './cleanup.ts';

const BLOCK_BYTES = 4 * 1024;

/** A data directory with 1 MB; undefined where this user may mount nothing. */
export function mountSmallDisk(t: TestContext): string | undefined {
  const dir = mkdtempSync(join(tmpdir(), 'dirigent-test-'));
  atEnd(t, () => rmSync(dir, { recursive: true, force: true }));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'tmpfs', dir], { encoding: 'utf8' });
  if (mounted.status !== 0) {
    assert.match(mounted.stderr, /permi|superuser|must be root/i);
    t.diagnostic(`no file system may be mounted here: ${mounted.stderr.trim()}`);
    return undefined;
  }
  atEnd(t, () => assert.equal(spawnSync('umount', [dir]).status, 0));
  return dir;
}

/** Takes all the space there is, in a file at `path`. */
export function fill(path: string): void {
  const fd = openSync(path, 'w', 0o600);
  const block = Buffer.alloc(BLOCK_BYTES);
  try {
    for (;;) writeSync(fd, block);
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
  } finally {
    closeSync(fd);
  }
}
