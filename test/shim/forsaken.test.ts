/** A shim whose runner dies while it still waits for its turn: nobody would ever speak to it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { LaunchOptions } from '../../src/shim/launch-protocol.ts';
import { atEnd } from '../rig/cleanup.ts';
import { tempDir } from '../rig/project.ts';
import { startShim } from '../rig/shim.ts';

test('a shim whose runner is gone before it had its turn ends at once, and never has it', async (t) => {
  const { dataDir } = await startShim(t); // whose end it would wait for
  const lock = openSync(join(tempDir(t), 'lock'), 'w');
  const options: LaunchOptions = { dataDir, ipcDir: join(dataDir, 'run'), hostPid: process.pid, lockTimeoutMs: 0, keepRuns: 50 };
  const main = fileURLToPath(new URL('../../src/shim/main.js', import.meta.url));
  const stdio = ['ignore', 'ignore', 'ignore', lock, 'pipe'] as const;
  const shim = spawn(process.execPath, [main, JSON.stringify(options)], { detached: true, stdio: [...stdio] });
  atEnd(t, () => shim.kill('SIGKILL'));
  closeSync(lock);
  const ended = once(shim, 'exit');
  const reports = shim.stdio[4] as Readable;
  const [report] = (await once(createInterface({ input: reports }), 'line')) as [string];
  assert.deepEqual(JSON.parse(report), { type: 'predecessor' });
  reports.destroy();
  assert.deepEqual(await ended, [null, 'SIGKILL']);
});
