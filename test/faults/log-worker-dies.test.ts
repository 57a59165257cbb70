/** The end of the thread that captures output. Made with a copy of the build whose log worker throws once a file appears beside it: the product has no switch for that. */
import assert from 'node:assert/strict';
import { cpSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { TaskRunner } from '../../src/index.ts';
import type { RunEntry } from '../../src/model/run-history.ts';
import { RunRecord } from '../../src/model/run-record.ts';
import { atEnd } from '../rig/cleanup.ts';
import { historyIn } from '../rig/history.ts';
import { createWitness, sh, tempDir } from '../rig/project.ts';
import { shimGone } from '../rig/processes.ts';

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));

const FRAGILE_WORKER = `import { watch } from 'node:fs';
import './sturdy-worker.js';
watch(new URL('.', import.meta.url), (_, name) => {
  if (name === 'break') throw new Error('broken by a test');
}).unref();
`;

interface FragileBuild {
  readonly TaskRunner: typeof TaskRunner;
  /** Makes the log worker throw. */
  breakWorker(): void;
  mend(): void;
}

async function buildFragile(t: TestContext): Promise<FragileBuild> {
  const copy = tempDir(t);
  for (const part of ['package.json', 'dist/src', 'dist/machines']) cpSync(join(PROJECT, part), join(copy, part), { recursive: true });
  symlinkSync(join(PROJECT, 'node_modules'), join(copy, 'node_modules'));
  const capture = join(copy, 'dist/src/output/capture');
  renameSync(join(capture, 'worker.js'), join(capture, 'sturdy-worker.js'));
  writeFileSync(join(capture, 'worker.js'), FRAGILE_WORKER);
  const library = (await import(pathToFileURL(join(copy, 'dist/src/index.js')).href)) as Pick<FragileBuild, 'TaskRunner'>;
  return {
    TaskRunner: library.TaskRunner,
    breakWorker: () => writeFileSync(join(capture, 'break'), ''),
    mend: () => rmSync(join(capture, 'break')),
  };
}

test('when the log worker dies the shim takes its tasks down and ends, every task fails, and the next start works', async (t) => {
  const build = await buildFragile(t);
  const [witness, dataDir] = [createWitness(t), tempDir(t)];
  const warnings: unknown[] = [];
  const note = (_: object, message?: string): unknown => warnings.push(message);
  const runner = await build.TaskRunner.open({
    dataDir,
    tasks: { task: sh(`exec 9>"${witness.path}"; echo said; exec sleep 1000`), next: sh('echo said') },
    logger: { debug: () => undefined, info: () => undefined, warn: note, error: note },
  });
  atEnd(t, () => runner.close());
  const lost = new Promise((resolve) => runner.on('shim.lost', resolve));
  const said = runner.follow('task')[Symbol.asyncIterator]();
  await runner.start('task');
  await said.next(); // from here on it writes nothing: a write after the worker's death would end it with SIGPIPE
  build.breakWorker();
  await Promise.all([lost, witness.gone, runner.waitFor('task', 'failed'), shimGone(dataDir)]);
  assert.ok(
    warnings.some((message) => /log worker died: .*broken by a test/.test(String(message))),
    JSON.stringify(warnings),
  );
  const { status } = runner.getTask('task');
  assert.equal(status.state === 'failed' && status.error.reason, 'signal'); // the shim told how it ended before it was gone
  const record = RunRecord.parse(JSON.parse(readFileSync(join(dataDir, 'tasks', 'task', 'run.json'), 'utf8')));
  assert.deepEqual([record.exit?.signal, record.status?.state, record.outputComplete], ['SIGTERM', 'failed', false]);

  build.mend();
  assert.equal((await runner.run('next')).exitCode, 0);
  assert.equal(await runner.readOutput('next', 'stdout'), 'said\n');
  const lines = historyIn(join(dataDir, 'tasks', 'task')) as RunEntry[];
  assert.deepEqual(
    lines.map(({ runId, signal }) => [runId, signal]),
    [[record.runId, 'SIGTERM']],
    'the shim recorded the run before it ended; the next one does not do so again',
  );
});
