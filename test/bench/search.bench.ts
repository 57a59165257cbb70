/**
 * What a search of 1 GB of log lines takes, counting matches, against `grep -c` on the same file in the same round, in turn: with
 * LC_ALL=C, and with the locale of the environment (C.UTF-8 where it names none). Bar: 2 × grep for a literal and a regular
 * expression. Ours includes the start of its thread, as grep's its process. Shown beside: searches without a literal to look for,
 * and that hostile ones end in time while tails of the same log are answered.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, closeSync, constants, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { DirigentPaths, searchOutputOnDisk, type SearchOptions } from '../../src/index.ts';
import { ReadPool } from '../../src/output/read/pool.ts';
import { EVERY_LINE } from '../output/read/search-query.ts';
import { median, round } from './statistics.ts';

const BYTES = 1_000_000_000;
const LINE_BYTES = 100;
const ROUNDS = 5;
const BAR = 2;
const MEMORY_DIR = '/dev/shm';
const TASK = 'job';
const HOSTILE_DEADLINE_MS = 1_000;

interface Case {
  readonly name: string;
  readonly pattern: string;
  readonly options: SearchOptions;
  readonly flags: readonly string[];
  /** Whether it decides. */
  readonly counts: boolean;
}

const CASES: readonly Case[] = [
  { name: 'literal', pattern: 'request id=deadbeef', options: { literal: true }, flags: ['-F'], counts: true },
  { name: 'regex', pattern: '(ERROR|WARN).* took 4[0-9]{2}ms', options: {}, flags: ['-E'], counts: true },
  { name: 'frequent', pattern: 'took 4[0-9]{2}ms', options: {}, flags: ['-E'], counts: false },
  { name: 'noLiteral', pattern: '[0-9]{9}ms', options: {}, flags: ['-E'], counts: false },
  { name: 'ignoreCase', pattern: 'deadbeef', options: { literal: true, ignoreCase: true }, flags: ['-F', '-i'], counts: false },
];

interface Round {
  readonly ours: number;
  readonly grepC: number;
  readonly grepLocale: number;
}

const locale = process.env['LC_ALL'] || process.env['LANG'] || 'C.UTF-8';

/** Measures in {@link ROUNDS} rounds of all cases, after one that warms up. */
export async function run(): Promise<Record<string, unknown>> {
  if (spawnSync('grep', ['--version']).status !== 0) throw new Error('grep is not installed: install the package grep');
  const dataDir = mkdtempSync(join(isWritable(MEMORY_DIR) ? MEMORY_DIR : tmpdir(), 'dirigent-bench-'));
  try {
    const paths = new DirigentPaths(dataDir);
    mkdirSync(paths.taskDir(TASK), { recursive: true, mode: 0o700 });
    const file = join(paths.taskDir(TASK), 'stdout.log');
    writeLines(file);
    const rounds = new Map(CASES.map(({ name }) => [name, [] as Round[]]));
    for (let i = 0; i <= ROUNDS; i += 1) {
      for (const one of CASES) {
        const times = await measure(paths, file, one);
        if (i > 0) rounds.get(one.name)?.push(times);
        console.log(
          `${i === 0 ? 'warm-up' : `round ${i}`}: ${one.name}: ${round(times.ours)} ms; grep ${round(times.grepC)} ms, ${locale} ${round(times.grepLocale)} ms`,
        );
      }
    }
    const hostile = [];
    for (const pattern of HOSTILE) hostile.push(await measureHostile(paths.taskDir(TASK), pattern));
    return { bytes: BYTES, rounds: ROUNDS, locale, ...conclude(rounds), hostile };
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** @throws Error when the two count differently */
async function measure(paths: DirigentPaths, file: string, { pattern, options, flags }: Case): Promise<Round> {
  const beganAt = performance.now();
  const { count } = await searchOutputOnDisk(paths, [TASK], pattern, { ...options, kind: 'stdout', countOnly: true, timeoutMs: 600_000 });
  const ours = performance.now() - beganAt;
  return { ours, grepC: grep('C', file, flags, pattern, count), grepLocale: grep(locale, file, flags, pattern, count) };
}

function grep(LC_ALL: string, file: string, flags: readonly string[], pattern: string, expected: number): number {
  const beganAt = performance.now();
  const { stdout } = spawnSync('grep', ['-c', ...flags, '-e', pattern, file], { env: { ...process.env, LC_ALL }, encoding: 'utf8' });
  const took = performance.now() - beganAt;
  if (Number(stdout) !== expected) throw new Error(`${pattern}: ${expected} lines, and grep has ${stdout.trim()}`);
  return took;
}

/** Patterns that backtracking would never end with; of the second every character costs hundreds of looks. */
const HOSTILE = ['(a+)+$', '([a-z ]*[a-z][a-z0-9 ]{500})+[QZ]'];

/** A hostile search must end in time, and other reads must be answered meanwhile. */
async function measureHostile(dir: string, pattern: string): Promise<Record<string, unknown>> {
  const pool = new ReadPool();
  const query = { ...EVERY_LINE, pattern, countOnly: true, limit: Infinity, timeoutMs: HOSTILE_DEADLINE_MS };
  let isOver = false;
  const search = pool.search({ query, place: { type: 'files', dir, part: {} } }).finally(() => (isOver = true));
  const tailMs: number[] = [];
  while (!isOver) {
    const beganAt = performance.now();
    await pool.tail({ dir, kind: 'stdout', lines: 100, maxBytes: 1_000_000 });
    tailMs.push(performance.now() - beganAt);
  }
  const { ended, elapsedMs, scannedBytes } = await search;
  await pool.close();
  const tails = { tails: tailMs.length, tailMs: round(median(tailMs)) };
  return { pattern, ended, deadlineMs: HOSTILE_DEADLINE_MS, elapsedMs: round(elapsedMs), scannedBytes, ...tails };
}

function conclude(rounds: ReadonlyMap<string, readonly Round[]>): Record<string, unknown> {
  const figures = CASES.map(({ name, counts }) => {
    const all = rounds.get(name) ?? [];
    const of = (choose: (one: Round) => number): number => round(median(all.map(choose)));
    const [overC, overLocale] = [of(({ ours, grepC }) => ours / grepC), of(({ ours, grepLocale }) => ours / grepLocale)];
    const ms = of(({ ours }) => ours);
    console.log(`${name}: ${ms} ms, ${overC} × grep, ${overLocale} × in ${locale}${counts ? ` (bar ${BAR})` : ''}`);
    return {
      name,
      ms,
      grepMs: of(({ grepC }) => grepC),
      overGrep: overC,
      overGrepInLocale: overLocale,
      met: overC <= BAR && overLocale <= BAR,
      counts,
    };
  });
  const shown = figures.map(({ name, counts: _counts, ...rest }) => [name, rest] as const);
  return { ...Object.fromEntries(shown), met: figures.every(({ met, counts }) => met || !counts) };
}

/** Lines as services write them, all of one length; the same at each run. */
function writeLines(file: string): void {
  let seed = 12_345;
  const next = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const levels = ['INFO', 'INFO', 'INFO', 'INFO', 'INFO', 'DEBUG', 'DEBUG', 'WARN', 'ERROR'];
  const lines = Array.from({ length: 20_000 }, () => {
    const time = `2026-11-22T10:${String(next(60)).padStart(2, '0')}:${String(next(60)).padStart(2, '0')}.${String(next(1_000)).padStart(3, '0')}Z`;
    const line = `${time} ${levels[next(9)]} request id=${next(2 ** 31).toString(16)} path=/api/v1/tasks/${next(1_000)} took ${next(500)}ms`;
    return `${line.padEnd(LINE_BYTES - 1, ' x').slice(0, LINE_BYTES - 1)}\n`;
  });
  const block = Buffer.from(lines.join(''));
  const fd = openSync(file, 'w', 0o600);
  for (let written = 0; written < BYTES; written += block.length) writeSync(fd, block);
  closeSync(fd);
}

function isWritable(dir: string): boolean {
  try {
    accessSync(dir, constants.W_OK);
    return true;
  } catch {
    return false; // no memory-backed files here: that is the answer
  }
}
