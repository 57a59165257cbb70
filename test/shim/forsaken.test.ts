/** A shim whose runner dies before it is at work, or before it has taken over what an earlier one left: it ends all the same, and records each run once. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { RunEntry } from '../../src/model/run-history.ts';
import type { LaunchOptions } from '../../src/shim/launch-protocol.ts';
import { atEnd } from '../rig/cleanup.ts';
import { historyIn } from '../rig/history.ts';
import { createGate, createMark, createWitness, tempDir } from '../rig/project.ts';
import { shimGone } from '../rig/processes.ts';
import { spawnMessage, startShim } from '../rig/shim.ts';

test('a shim whose runner is gone before it had its turn ends at once, and never has it', async (t) => {
  const { dataDir } = await startShim(t); // whose end it would wait for
  const lock = openSync(join(tempDir(t), 'lock'), 'w');
  const options: LaunchOptions = {
    dataDir,
    ipcDir: join(dataDir, 'run'),
    hostPid: process.pid,
    lockTimeoutMs: 0,
    keepRuns: 50,
    isRelaunch: false,
    pipesInUse: [],
  };
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

test('a runner that dies while it waits to take over leaves a shim that goes on alone, records each end once, and ends with its last task', async (t) => {
  const [gate, witness, mark, shim] = [createGate(t), createWitness(t), createMark(t), await startShim(t)];
  const first = await shim.connect();
  const kept = { ...spawnMessage('kept', `read go <"${gate.path}"; exit 7`), held: { definition: {}, memory: {} } };
  first.say(kept, spawnMessage('stubborn', `exec 9>"${witness.path}"; trap "" TERM; : >"${mark.path}"; while :; do sleep 1000; done`));
  await first.next('spawned');
  await first.next('spawned');
  await mark.made; // from here on it ignores SIGTERM
  first.drop();
  const second = await shim.connect();
  second.say({ type: 'adopt' }, { type: 'call', id: 1, call: { method: 'recorded' } });
  await second.next('reply'); // so the shim has read the other message, and waits for the end of the stubborn one
  second.drop();
  await witness.gone;
  gate.open();
  await shimGone(shim.dataDir);
  const ends = ['kept', 'stubborn'].map((name) => historyIn(join(shim.dataDir, 'tasks', name)) as RunEntry[]);
  assert.deepEqual(
    ends.map((runs) => runs.map(({ exitCode, signal, status }) => [exitCode, signal, status.state])),
    [[[7, null, 'finished']], [[null, 'SIGKILL', 'failed']]],
  );
});
