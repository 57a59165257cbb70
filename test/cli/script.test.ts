/** A shell script that orchestrates tasks, and checks every exit code: `test/fixtures/orchestrate.sh` is the test. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { EXIT_CODES } from '../../src/cli/exit-code.ts';
import { startDaemon } from './daemon-rig.ts';
import { MAIN, Project, Running, shellTask } from './rig.ts';

const SCRIPT = resolve('test/fixtures/orchestrate.sh');

test('a shell script creates, starts, waits for, reads, updates, restarts and removes tasks with jq, and sees every exit code', async (t) => {
  assert.equal(spawnSync('jq', ['--version']).error, undefined, 'jq is missing: install the package jq');
  const project = new Project(t, shellTask('fixed', 'true'));
  for (const dir of ['bin', 'empty']) mkdirSync(join(project.dir, dir));
  chmodSync(project.write('bin/dirigent', `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`), 0o700);
  await startDaemon(t, project);
  const PATH = `${join(project.dir, 'bin')}:${process.env['PATH']}`;
  const { code, stdout, stderr } = await new Running(project.spawn('bash', [SCRIPT, join(project.dir, 'empty')], { PATH })).ended;
  assert.deepEqual([code, stdout, stderr], [0, 'done\n', '']);
});

test('the script checks every exit code that the help lists', () => {
  const checked = new Set([...readFileSync(SCRIPT, 'utf8').matchAll(/^expect (\d+) /gm)].map(([, code]) => code ?? ''));
  const listed = EXIT_CODES.flatMap(([code]) => (code === '128+n' ? ['137'] : code.split(' ')));
  assert.deepEqual(
    listed.filter((code) => !checked.has(code)),
    [],
  );
});
