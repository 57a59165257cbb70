/** A companion process that cannot be taken over, or whose runner never comes back: what is said, and how it is ended. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TaskRunner } from '../../src/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { Host } from '../rig/host.ts';
import { shimGone, shimOf } from '../rig/processes.ts';
import { createWitness, openRunner, sh, tempDir } from '../rig/project.ts';

test('a companion process of another version is left alone, and the error says which process it is and how to end it', async (t) => {
  const dataDir = tempDir(t);
  const run = join(dataDir, 'run');
  mkdirSync(run, { mode: 0o700 });
  writeFileSync(join(run, 'shim.lock'), '', { mode: 0o600 });
  const holder = spawn('flock', ['-x', join(run, 'shim.lock'), 'sh', '-c', 'echo held; read end'], { stdio: ['pipe', 'pipe', 'inherit'] });
  atEnd(t, () => holder.stdin.end());
  await once(holder.stdout, 'data');
  const other = createServer((socket) => socket.end(`${JSON.stringify({ type: 'ready', protocol: 7, pid: 4711 })}\n`));
  other.listen(join(run, 'shim.sock'));
  atEnd(t, () => other.close());
  await once(other, 'listening');
  await assert.rejects(TaskRunner.open({ dataDir }), {
    code: 'SHIM_LOST',
    message:
      'process 4711 keeps tasks of this data directory and speaks version 7 of the protocol, this runner version 1; ' +
      'close it with the version of dirigent that started it, or end it and its tasks with kill -TERM 4711',
  });
});

test('a companion process without a runner takes its tasks down at SIGTERM, and the next runner knows', async (t) => {
  const [dataDir, witness] = [tempDir(t), createWitness(t)];
  const line = `exec 9>"${witness.path}"; exec sleep 1000`;
  const web = { ...sh(line), onSupervisorCrash: 'keep', orphanTimeout: 0 } as const;
  const host = await Host.open(t, { dataDir, tasks: { web } });
  await host.ask('start', 'web');
  const shim = shimOf(dataDir);
  process.kill(shim, 'SIGTERM'); // its runner lives: this is for the runner, which here does not hear of it
  await host.ask('counters', 'web');
  await host.kill();
  await endedBySigterm(dataDir, shim);
  await witness.gone;
  const runner = await openRunner(t, { web }, { dataDir });
  const { status, lastRun } = runner.getTask('web');
  assert.deepEqual([status.state, lastRun?.status.state === 'failed' && lastRun.status.error.reason], ['failed', 'lost']);
});

/** Sends the signal until it is heard: before the shim has noticed the end of its runner, the signal is not for it. */
async function endedBySigterm(dataDir: string, shim: number): Promise<void> {
  let isGone = false;
  const gone = shimGone(dataDir).then(() => (isGone = true));
  while (!isGone) {
    try {
      process.kill(shim, 'SIGTERM');
    } catch {
      break; // it is gone
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await gone;
}
