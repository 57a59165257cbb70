/** Things an attacker, or an accident, leaves where a file is expected; each knows how to tell that it was not touched. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, linkSync, lstatSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { atEnd } from './cleanup.ts';
import { tempDir } from './project.ts';

/** Something at `path`. */
export interface Planted {
  /** Fails when the thing, or what it points to, is not as it was planted. */
  assertUntouched(): void;
}

const TEXT = 'not yours\n';

function target(t: TestContext): string {
  const path = join(tempDir(t), 'target');
  writeFileSync(path, TEXT, { mode: 0o644 });
  return path;
}

function assertTarget(path: string): void {
  assert.equal(readFileSync(path, 'utf8'), TEXT, 'the target was written to');
  assert.equal(lstatSync(path).mode & 0o777, 0o644, 'the mode of the target was changed');
}

/** What can be planted, by kind. */
export const PLANTS: Readonly<Record<string, (t: TestContext, path: string) => Planted | Promise<Planted>>> = {
  'a symbolic link': (t, path) => {
    const to = target(t);
    symlinkSync(to, path);
    return { assertUntouched: () => assertTarget(to) };
  },
  'a dangling symbolic link': (t, path) => {
    const to = join(tempDir(t), 'absent');
    symlinkSync(to, path);
    return { assertUntouched: () => assert.equal(existsSync(to), false, 'the target was created') };
  },
  'a hard link': (t, path) => {
    const to = target(t);
    linkSync(to, path);
    return { assertUntouched: () => assertTarget(to) };
  },
  'a FIFO': (_, path) => {
    execFileSync('mkfifo', [path]);
    return { assertUntouched: () => assert.ok(lstatSync(path).isFIFO()) };
  },
  'a directory': (_, path) => {
    mkdirSync(path);
    writeFileSync(join(path, 'inside'), TEXT);
    return { assertUntouched: () => assert.deepEqual(readdirSync(path), ['inside']) };
  },
  'a socket': async (t, path) => {
    const server = createServer();
    await once(server.listen(path), 'listening');
    atEnd(t, () => server.close());
    return { assertUntouched: () => assert.ok(lstatSync(path).isSocket()) };
  },
  // /dev/null by another name: nothing is lost should it be written to.
  ...(process.geteuid?.() === 0
    ? {
        'a device': (_: TestContext, path: string): Planted => {
          execFileSync('mknod', [path, 'c', '1', '3']);
          return { assertUntouched: () => assert.ok(lstatSync(path).isCharacterDevice()) };
        },
      }
    : {}),
};
