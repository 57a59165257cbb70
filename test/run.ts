/**
 * Runs the built tests: all of them, or those whose path contains one of the arguments. Each file is a process of its own,
 * in a process group that is killed when its time is up. The last line is `N passed, N failed`; tests that are skipped are
 * in neither number, and whatever ends a file before its tests have ended is a failure.
 */
import { spawn } from 'node:child_process';
import type { SpawnOptions } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FileResult } from './run-reporter.ts';
import { RESULT_FILE_VARIABLE } from './run-reporter.ts';

const CONCURRENCY = 2;
/** Longest a test file may take. */
const FILE_TIMEOUT_MS = Number(process.env['TEST_FILE_TIMEOUT_MS'] ?? 120_000);
const REPORTER = fileURLToPath(new URL('run-reporter.js', import.meta.url));

interface Outcome {
  readonly passed: number;
  readonly failed: number;
}

const files = listFiles(process.argv.slice(2));
const results = mkdtempSync(join(tmpdir(), 'test-results-'));
const total = { passed: 0, failed: 0 };
/** What the files with a failure printed: said again at the end, where whoever reads the last page finds it. */
const reports: string[] = [];
/** Process groups under way. They are no part of ours, so Ctrl-C reaches them only through us. */
const running = new Set<number>();
for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.once(signal, () => {
    running.forEach(killGroup);
    rmSync(results, { recursive: true, force: true });
    process.exit(exitCode);
  });
}
try {
  await Promise.all(Array.from({ length: CONCURRENCY }, runNext));
} finally {
  rmSync(results, { recursive: true });
}
if (total.failed > 0 || total.passed === 0) process.exitCode = 1;
if (reports.length > 0) process.stdout.write(`\nwhat failed:\n${reports.join('')}`);
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);

/** Lists the sources, not the build: a test that was deleted may still lie in dist. */
function listFiles(only: readonly string[]): string[] {
  const found = readdirSync('test', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && (only.length === 0 || only.some((part) => file.includes(part))))
    .sort()
    .map((file) => join('dist/test', file.replace(/\.ts$/, '.js')));
  if (found.length > 0) return found;
  process.stderr.write(`no test file matches ${only.join(', ')}\n`);
  process.exit(2);
}

async function runNext(_: unknown, worker: number): Promise<void> {
  for (let file = files.shift(); file !== undefined; file = files.shift()) {
    const { passed, failed } = await runFile(file, join(results, `${worker}-${files.length}.json`));
    total.passed += passed;
    total.failed += failed;
  }
}

async function runFile(file: string, resultFile: string): Promise<Outcome> {
  const started = performance.now();
  const { output, end, timedOut } = await runProcess(file, resultFile);
  const result = readResult(resultFile);
  const faults = [...(result?.warnings ?? []).map((warning) => `a warning: ${warning}`), ...faultOf(result, end, timedOut)];
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const report = `\n${file} (${seconds} s)\n${output}${faults.map((fault) => `✖ ${file}: ${fault}\n`).join('')}`;
  process.stdout.write(report);
  if (faults.length > 0 || result?.failed !== 0) reports.push(report);
  return { passed: result?.passed ?? 0, failed: (result?.failed ?? 0) + faults.length };
}

/** What is wrong with a file beyond its tests. */
function faultOf(result: FileResult | undefined, end: string, timedOut: boolean): string[] {
  if (timedOut) return [`killed after ${FILE_TIMEOUT_MS} ms: a test hangs, or leaves something open`];
  if (result === undefined) return [`the process ended (${end}) before its tests did, or it has none`];
  if (result.failed === 0 && end !== 'exit code 0') return [`every test passed, but the process ended with ${end}`];
  return result.passed + result.failed + result.skipped === 0 ? ['there is no test in it'] : [];
}

function runProcess(file: string, resultFile: string): Promise<{ output: string; end: string; timedOut: boolean }> {
  const spec = ['--test-reporter=spec', '--test-reporter-destination=stdout'];
  const counts = [`--test-reporter=${REPORTER}`, '--test-reporter-destination=stderr'];
  const env: NodeJS.ProcessEnv = { ...process.env, [RESULT_FILE_VARIABLE]: resultFile };
  // Set by `node --test` alone; a file that saw it would report to a parent that is not there.
  delete env['NODE_TEST_CONTEXT'];
  // Output goes to a file: a process that outlives the test would hold a pipe open, and us with it.
  const output = openSync(`${resultFile}.output`, 'a+');
  const options: SpawnOptions = { env, detached: true, stdio: ['ignore', output, output] };
  const child = spawn(process.execPath, ['--enable-source-maps', ...spec, ...counts, file], options);
  const { pid } = child;
  if (pid !== undefined) running.add(pid);
  return new Promise((resolve, reject) => {
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      if (pid !== undefined) killGroup(pid);
    }, FILE_TIMEOUT_MS);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      if (pid !== undefined) killGroup(pid);
      if (pid !== undefined) running.delete(pid);
      closeSync(output);
      resolve({ output: readFileSync(`${resultFile}.output`, 'utf8'), end: signal ?? `exit code ${code}`, timedOut });
    });
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function readResult(file: string): FileResult | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as FileResult;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
