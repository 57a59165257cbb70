/** Byte identity: what a task writes is what is on disk, all of it, in order, whatever its size. Only pipes and checksums look at it here. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'node:test';
import type { OutputKind, TaskRunner } from '../../src/index.ts';
import { logName, rotatedIndexes } from '../../src/output/layout.ts';
import { openRunner, sh } from '../rig/project.ts';

/** How much `yes` writes. Raise it to try a large log by hand. */
const YES_BYTES = 64 * 1024 * 1024;
const ROOMY = { maxSize: '16MiB', keep: 10_000, total: '100GiB' };

const run = promisify(execFile);

/** Checksum of what a line of `sh` writes. */
async function checksum(line: string, args: readonly string[] = []): Promise<string> {
  const { stdout } = await run('sh', ['-c', `{ ${line}; } | sha256sum`, 'sh', ...args], { env: { ...process.env, LC_ALL: 'C' } });
  return stdout;
}

/** The files of a log, oldest first. */
function filesOf(runner: TaskRunner, task: string, kind: OutputKind): string[] {
  const dir = runner.paths.taskDir(task);
  return [...rotatedIndexes(readdirSync(dir), kind).reverse(), 0].map((index) => join(dir, logName(kind, index)));
}

async function assertIdentical(runner: TaskRunner, line: string): Promise<void> {
  const { exitCode } = await runner.run('job');
  assert.equal(exitCode, 0);
  assert.equal(runner.getTask('job').outputComplete, true);
  const [own, stdout, combined] = await Promise.all([
    checksum(line),
    checksum('cat "$@"', filesOf(runner, 'job', 'stdout')),
    checksum('cat "$@" | cut -b 10-', filesOf(runner, 'job', 'combined')),
  ]);
  assert.equal(stdout, own, 'stdout.log');
  assert.equal(combined, own, 'combined.log less its prefixes');
  assert.ok(filesOf(runner, 'job', 'stdout').length > 1, 'it was rotated meanwhile');
}

test('five million numbers are on disk byte by byte, in stdout.log and in combined.log', async (t) => {
  const line = 'seq 1 5000000';
  await assertIdentical(await openRunner(t, { job: { ...sh(line), log: ROOMY } }), line);
});

test(`${YES_BYTES / 2 ** 20} MiB of the shortest lines at full speed are on disk byte by byte`, async (t) => {
  const line = `yes | head -c ${YES_BYTES}`;
  await assertIdentical(await openRunner(t, { job: { ...sh(line), log: ROOMY } }), line);
});

test('of two streams written at full speed each line is whole in combined.log, and each stream in its order', async (t) => {
  const runner = await openRunner(t, { job: { ...sh('seq -f "out %.0f" 1 400000 & seq -f "err %.0f" 1 400000 >&2 & wait'), log: ROOMY } });
  assert.equal((await runner.run('job')).exitCode, 0);
  const files = filesOf(runner, 'job', 'combined');
  for (const [stream, word] of [
    ['stdout', 'out'],
    ['stderr', 'err'],
  ] as const) {
    const own = await checksum(`seq -f "${word} %.0f" 1 400000`);
    const pattern = `^\\[${stream}\\] ${word} [0-9]+$`;
    assert.equal(await checksum(`cat "$@" | grep -aE '${pattern}' | cut -b 10-`, files), own, `${stream} out of combined.log`);
    assert.equal(await checksum('cat "$@"', filesOf(runner, 'job', stream)), own, `${stream}.log`);
  }
  const { stdout } = await run('sh', ['-c', 'cat "$@" | wc -l', 'sh', ...files]);
  assert.equal(Number(stdout), 800_000, 'and there is no other line');
});
