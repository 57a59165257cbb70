/** The built command as a real process on a project of its own, and ways to wait for what it says. Nothing here sleeps. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { atEnd } from '../rig/cleanup.ts';

/** The built entry. */
export const MAIN = resolve('dist/lib/cli/main.js');

const MARK = 'DIRIGENT_TEST_MARK';
/** How long processes may take to be gone after the command has ended. */
const GONE_WITHIN_MS = 10_000;

/** What a run of the command said, and how it ended. */
export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with a configuration. */
export class Project {
  readonly dir: string;
  readonly #env: NodeJS.ProcessEnv;

  /** `toml` comes after a `[runner]` table with a data directory in the folder. */
  constructor(t: TestContext, toml?: string) {
    this.dir = realpathSync(mkdtempSync(join(tmpdir(), 'dirigent-cli-')));
    const { DIRIGENT_CONFIG: _c, DIRIGENT_DATA_DIR: _d, DIRIGENT_VERBOSE: _v, NO_COLOR: _n, FORCE_COLOR: _f, ...env } = process.env;
    this.#env = { ...env, HOME: this.dir, TERM: 'xterm', [MARK]: this.dir };
    if (toml !== undefined) this.write('dirigent.toml', `[runner]\ndata_dir = "data"\n${toml}`);
    atEnd(t, async () => {
      await assertNobodyLeft(this.dir);
      rmSync(this.dir, { recursive: true, force: true });
    });
  }

  /** Writes a file and gives its path. */
  write(name: string, text: string): string {
    const path = join(this.dir, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  /** The text of a file. */
  read(name: string): string {
    return readFileSync(join(this.dir, name), 'utf8');
  }

  /** Runs the command to its end. */
  run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Result> {
    return this.start(args, env).ended;
  }

  /** Starts the command. */
  start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    return new Running(this.spawn(process.execPath, [MAIN, ...args], env));
  }

  /** Starts any program in the folder. */
  spawn(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcessWithoutNullStreams {
    return spawn(program, args, { cwd: this.dir, env: { ...this.#env, ...env } });
  }
}

/** A command that runs. */
export class Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Result>;
  stdout = '';
  stderr = '';
  readonly #listeners = new Set<() => void>();

  constructor(child: ChildProcessWithoutNullStreams) {
    this.child = child;
    child.stdin.end();
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.#took(() => (this.stdout += text)));
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.#took(() => (this.stderr += text)));
    this.ended = new Promise((done, reject) => {
      child.on('error', reject);
      child.on('close', (code) => {
        done({ code, stdout: this.stdout, stderr: this.stderr });
        for (const listener of this.#listeners) listener();
      });
    });
  }

  /** Resolves when stdout or stderr matches; rejects when the command ends without. */
  async until(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this[stream]);
      if (match !== null) return match;
      if (this.child.stdout.closed && this.child.stderr.closed) {
        assert.fail(`the command ended without ${String(pattern)} on ${stream}:\n${this.stdout}\n${this.stderr}`);
      }
      await new Promise<void>((wake) => {
        const listener = (): void => {
          this.#listeners.delete(listener);
          wake();
        };
        this.#listeners.add(listener);
      });
    }
  }

  #took(add: () => void): void {
    add();
    for (const listener of this.#listeners) listener();
  }
}

/** Fails when a process of the project's is alive that the command should have ended. */
async function assertNobodyLeft(dir: string): Promise<void> {
  const deadline = performance.now() + GONE_WITHIN_MS;
  let left = processesOf(dir);
  // The last process to end may need a moment after the command has told its end.
  while (left.length > 0 && performance.now() < deadline) {
    await nextTurn();
    left = processesOf(dir);
  }
  assert.deepEqual(left, [], 'processes are left');
}

function processesOf(dir: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
        // A shim has not the environment of who started it, and names its data directory.
        const isOurs =
          commandLine.includes(`"${dir}/`) || readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`${MARK}=${dir}`);
        return isOurs ? [`${pid} ${commandLine}`] : [];
      } catch {
        return []; // gone meanwhile, or another user's: none of ours
      }
    });
}

/** A `[[tasks]]` table that runs a shell line; `more` are further lines of the table. */
export const shellTask = (name: string, line: string, more = ''): string =>
  `[[tasks]]\nname = "${name}"\nshell = true\ncommand = '''${line}'''\n${more}\n`;
