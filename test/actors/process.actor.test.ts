/** The registry behind the machines: what a machine that broke was running is killed without it. A real shim, a real process. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createActor } from 'xstate';
import { ProcessHost, newRunId } from '../../src/actors/process.actor.ts';
import { ShimLink } from '../../src/actors/shim-link.ts';
import { resolveDefinition } from '../../src/config/definition.ts';
import { RunRecord } from '../../src/model/run-record.ts';
import { DirigentPaths } from '../../src/paths.ts';
import { atEnd } from '../rig/cleanup.ts';
import { processInput } from '../rig/process-input.ts';
import { createMark, createWitness, tempDir } from '../rig/project.ts';

const recordIn = (dir: string): RunRecord => RunRecord.parse(JSON.parse(readFileSync(join(dir, 'run.json'), 'utf8')));

/** The record in `dir`, once it holds a verdict. */
async function verdictIn(dir: string): Promise<RunRecord> {
  const changes = watch(dir);
  const written = once(changes, 'change');
  for (let next = written; recordIn(dir).status === null; next = once(changes, 'change')) await next;
  changes.close();
  return recordIn(dir);
}

test('what a broken machine ran is killed with its whole group, and its record says why', async (t) => {
  const paths = new DirigentPaths(tempDir(t));
  const [runDir, witness, mark] = [paths.runDir(), createWitness(t), createMark(t)];
  const lost = (message: string): never => assert.fail(message);
  const link = new ShimLink({ dataDir: paths.dataDir, runDir, ipcDir: runDir, lockTimeoutMs: 0, keepRuns: 50, warning: lost, lost });
  atEnd(t, () => link.close());
  const host = new ProcessHost(paths.dataDir, link, { settled: () => undefined, warning: lost, survived: lost });
  const line = `trap "" TERM; exec 9>"${witness.path}"; sleep 1000 & : >"${mark.path}"; wait; sleep 1000`;
  const definition = resolveDefinition({ name: 'web', command: 'sh', args: ['-c', line] }, { baseDir: paths.dataDir, label: 'test' });
  createActor(host.logic, { input: processInput(definition, newRunId()) }).start();
  await mark.made;
  host.abandon('web');
  await witness.gone;
  const { status, exit, outputComplete } = await verdictIn(paths.taskDir('web'));
  assert.deepEqual([status?.state === 'failed' && status.error.reason, exit?.signal, outputComplete], ['internal', 'SIGKILL', true]);
});
