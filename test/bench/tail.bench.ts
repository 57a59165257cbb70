/**
 * The last 100 lines of a 10 GB log, real lines on the disk: `runner.readOutput` with its threads up, against `tail -n 100` as a
 * process, in turn. Bar: not slower. Shown beside it: the whole command `dirigent logs`, and the same log cut in files of
 * 100 MB. `DIRIGENT_BENCH_TAIL_BYTES` makes the log another size.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, renameSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { TaskRunner } from '../../src/index.ts';
import { median, round } from './statistics.ts';

const ROUNDS = 31;
const LINES = 100;
const LOG_BYTES = Number(process.env['DIRIGENT_BENCH_TAIL_BYTES'] ?? 10e9);
const FILE_BYTES = LOG_BYTES / 100;
const BLOCK_LINES = 10_000;
const LINE_BYTES = 100;

interface Round {
  readonly tailMs: number;
  readonly libraryMs: number;
  readonly rotatedMs: number;
  readonly commandMs: number;
}

/** Measures in {@link ROUNDS} rounds, after one that warms up. */
export async function run(): Promise<Record<string, unknown>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'dirigent-bench-'));
  try {
    assertRoom(dataDir);
    const runner = await TaskRunner.open({ dataDir, tasks: { one: { command: 'true' }, rotated: { command: 'true' } } });
    try {
      for (const name of ['one', 'rotated']) mkdirSync(runner.paths.taskDir(name), { recursive: true, mode: 0o700 });
      writeLog(runner.paths.logFile('one', 'stdout'), Infinity);
      writeLog(runner.paths.logFile('rotated', 'stdout'), FILE_BYTES);
      await measure(runner);
      const rounds: Round[] = [];
      for (let i = 0; i < ROUNDS; i += 1) rounds.push(await measure(runner));
      return conclude(rounds);
    } finally {
      await runner.close();
    }
  } finally {
    rmSync(dataDir, { recursive: true });
  }
}

/** @throws Error where the disk has no room for both logs */
function assertRoom(dir: string): void {
  const { bavail, bsize } = statfsSync(dir);
  const need = 2.1 * LOG_BYTES;
  if (bavail * bsize < need)
    throw new Error(`${dir} needs ${need} bytes, there are ${bavail * bsize} (set TMPDIR, or DIRIGENT_BENCH_TAIL_BYTES)`);
}

/** Writes numbered lines of {@link LINE_BYTES}; once a file is as long as `fileBytes` it becomes the next rotated one. */
function writeLog(path: string, fileBytes: number): void {
  const files: string[] = [];
  let fd = openSync(path, 'wx', 0o600);
  let written = 0;
  for (let first = 0; first * LINE_BYTES < LOG_BYTES; first += BLOCK_LINES) {
    if (written >= fileBytes) {
      closeSync(fd);
      renameSync(path, `${path}.part${files.length}`);
      files.push(`${path}.part${files.length}`);
      fd = openSync(path, 'wx', 0o600);
      written = 0;
    }
    const lines = Array.from({ length: BLOCK_LINES }, (_, at) => `line ${first + at} `.padEnd(LINE_BYTES - 1, 'x'));
    written += writeSync(fd, `${lines.join('\n')}\n`);
  }
  closeSync(fd);
  files.reverse().forEach((file, at) => renameSync(file, `${path}.${at + 1}`));
}

async function measure(runner: TaskRunner<'one' | 'rotated'>): Promise<Round> {
  const log = runner.paths.logFile('one', 'stdout');
  const main = resolve('dist/lib/cli/main.js');
  const args = [main, '--data-dir', runner.paths.dataDir, 'logs', 'one', '--kind', 'stdout', '-n', String(LINES)];
  const tail = await timed(() => outputOf('tail', ['-n', String(LINES), log]));
  const library = await timed(() => runner.readOutput('one', 'stdout', { tailLines: LINES }));
  const rotated = await timed(() => runner.readOutput('rotated', 'stdout', { tailLines: LINES }));
  const command = await timed(() => outputOf(process.execPath, args));
  for (const { text } of [library, rotated, command]) assert.equal(text, tail.text);
  return { tailMs: tail.ms, libraryMs: library.ms, rotatedMs: rotated.ms, commandMs: command.ms };
}

async function timed(read: () => Promise<string>): Promise<{ readonly ms: number; readonly text: string }> {
  const start = performance.now();
  const text = await read();
  return { ms: performance.now() - start, text };
}

function outputOf(program: string, args: readonly string[]): Promise<string> {
  return new Promise((done, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    child.on('error', reject);
    child.on('close', () => done(text));
  });
}

function conclude(rounds: readonly Round[]): Record<string, unknown> {
  const ms = (of: (figures: Round) => number): number => round(median(rounds.map(of)), 3);
  const over = (of: (figures: Round) => number): number => round(median(rounds.map((one) => of(one) / one.tailMs)));
  const libraryOverTail = over(({ libraryMs }) => libraryMs);
  const figures = {
    rounds: rounds.length,
    logBytes: LOG_BYTES,
    tailMs: ms(({ tailMs }) => tailMs),
    libraryMs: ms(({ libraryMs }) => libraryMs),
    rotatedMs: ms(({ rotatedMs }) => rotatedMs),
    commandMs: ms(({ commandMs }) => commandMs),
    libraryOverTail,
    commandOverTail: over(({ commandMs }) => commandMs),
    met: libraryOverTail <= 1,
  };
  console.log(
    `tail as a process ${figures.tailMs} ms; library ${figures.libraryMs} ms (${libraryOverTail} ×, bar 1), of 100 files ${figures.rotatedMs} ms; whole command ${figures.commandMs} ms`,
  );
  return figures;
}
