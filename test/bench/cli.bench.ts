/**
 * How long the command line takes before it does anything: `--version`, and one answer of completion, beside a bare `node -e 0`, in rounds of all
 * three. Bars: 1.6 times the bare node, and twice.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { median, round } from './statistics.ts';

const ROUNDS = 40;
/** Rounds that come first and do not count: the files are read from the disk then. */
const WARM_UP = 3;
const VERSION_BAR = 1.6;
const COMPLETION_BAR = 2;
const TASKS = 20;

const MAIN = resolve('dist/lib/cli/main.js');
const KINDS = ['bare', 'version', 'completion'] as const;
type Figures = Readonly<Record<(typeof KINDS)[number], number>>;

const ARGS = {
  bare: ['-e', '0'],
  version: [MAIN, '--version'],
  completion: [MAIN, 'complete', '--', 'logs', 'web-1'],
} as const satisfies Record<(typeof KINDS)[number], readonly string[]>;

/** What each must print, so that no error is measured. */
const PRINTS = { bare: /^$/, version: /^\d+\.\d+\.\d+\n$/, completion: /^web-1\n(?:web-1\d\n){10}$/ } as const;

/** Measures all three in {@link ROUNDS} rounds, in turn. */
export function run(): Promise<Record<string, unknown>> {
  const dir = mkdtempSync(join(tmpdir(), 'dirigent-bench-'));
  try {
    const tasks = Array.from({ length: TASKS }, (_, index) => `[[tasks]]\nname = "web-${index}"\ncommand = "true"\n`);
    writeFileSync(join(dir, 'dirigent.toml'), `[runner]\ndata_dir = "data"\n${tasks.join('')}`, { mode: 0o600 });
    for (let i = 0; i < WARM_UP; i += 1) measure(dir);
    const rounds = Array.from({ length: ROUNDS }, () => measure(dir));
    return Promise.resolve(toFigures(rounds));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const measure = (dir: string): Figures => ({ bare: time('bare', dir), version: time('version', dir), completion: time('completion', dir) });

function time(kind: (typeof KINDS)[number], cwd: string): number {
  const start = performance.now();
  const { stdout, stderr, status } = spawnSync(process.execPath, ARGS[kind], { cwd, encoding: 'utf8' });
  const ms = performance.now() - start;
  if (status !== 0 || stderr !== '' || !PRINTS[kind].test(stdout)) throw new Error(`${kind} ended with ${status}: ${stdout}${stderr}`);
  return ms;
}

function toFigures(rounds: readonly Figures[]): Record<string, unknown> {
  const version = round(median(rounds.map((figures) => figures.version / figures.bare)));
  const completion = round(median(rounds.map((figures) => figures.completion / figures.bare)));
  console.log(`--version: ${version} × node -e 0 (bar ${VERSION_BAR}); completion: ${completion} × (bar ${COMPLETION_BAR})`);
  const ms = (kind: (typeof KINDS)[number]): number => round(median(rounds.map((figures) => figures[kind])), 1);
  return {
    rounds: ROUNDS,
    bareMs: ms('bare'),
    versionMs: ms('version'),
    completionMs: ms('completion'),
    version,
    completion,
    met: version <= VERSION_BAR && completion <= COMPLETION_BAR,
  };
}
