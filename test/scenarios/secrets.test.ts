/** Values of the environment are secret: they reach the task and nothing else, but for the definitions a caller asked to persist. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { test } from 'node:test';
import type { RunnerEvent } from '../../src/index.ts';
import { openRunner, sh, tempDir } from '../rig/project.ts';
import { startUntil } from '../rig/puppets.ts';
import { recordingLogger } from '../rig/recording-logger.ts';

/** Every file below `dir`, whole. FIFOs and sockets are not files. */
function filesBelow(dir: string): Map<string, string> {
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(entries.map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name), 'latin1')]));
}

test('no file, event, answer, error or log entry ever holds the value of a variable, but tasks.json', async (t) => {
  const plain = 'hunter2-in-the-table';
  const fromFile = 'hunter2-in-a-file';
  const fromEnvFile = 'hunter2-in-env-file';
  const dir = tempDir(t);
  writeFileSync(join(dir, 'token'), fromFile);
  writeFileSync(join(dir, '.env'), `FROM_ENV_FILE=${fromEnvFile}\nEXPECTED=${[plain, fromFile, fromEnvFile].join()}\n`);
  const logger = recordingLogger();
  const runner = await openRunner(t, {}, { logger });
  const events: RunnerEvent[] = [];
  for (const type of ['task.registered', 'task.updated', 'task.changed', 'task.removed'] as const)
    runner.on(type, (event) => events.push(event));
  const definition = {
    ...sh('test "$PLAIN,$FROM_FILE,$FROM_ENV_FILE" = "$EXPECTED" && echo up; exec sleep 1000'),
    env: { PLAIN: plain, FROM_FILE: { file: join(dir, 'token') } },
    envFile: join(dir, '.env'),
  };
  await runner.register({ name: 'kept', ...definition }, { persist: true });
  await runner.register({ name: 'brief', ...definition });
  await runner.register({ name: 'broken', command: 'no-such-program', env: definition.env });
  const failure: unknown = await runner.start('broken').catch((error: unknown) => error);
  for (const name of ['kept', 'brief']) await startUntil(runner, name);
  const refusal: unknown = await runner.update('brief', { env: { PLAIN: plain, BAD: `${fromFile}\0` } }).catch((error: unknown) => error);
  const whileRunning = filesBelow(runner.paths.dataDir);
  for (const name of ['kept', 'brief']) await runner.stop(name);
  const answers = inspect([runner.listTasks(), await runner.pollCompleted(), failure, refusal, events, logger.entries], { depth: null });

  const places = [...whileRunning, ...filesBelow(runner.paths.dataDir), ['answers', answers] as const];
  const leaks = places.filter(([name, content]) => name !== 'tasks.json' && content.includes('hunter2')).map(([name]) => name);
  assert.deepEqual(leaks, []);
  assert.ok(events.length > 10 && logger.entries.length > 0 && whileRunning.has('run.json'));
  assert.ok(whileRunning.get('tasks.json')?.includes(plain), 'the one place that must hold it');
  assert.equal(whileRunning.get('tasks.json')?.includes(fromFile), false, 'what a file holds stays there');
});
