/** Hosts in processes of their own: small programs that use the built library, for what a test cannot see of itself. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { text } from 'node:stream/consumers';
import { atEnd } from './cleanup.ts';
import { tempDir } from './project.ts';

const HTTP = new URL('../../src/http/index.js', import.meta.url).href;
const LIBRARY = new URL('../../src/index.js', import.meta.url).href;

/** How a host ended, and all it wrote. */
export interface HostResult {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

function startHost(t: TestContext, body: string): ChildProcess {
  const file = join(tempDir(t), 'host.mjs');
  writeFileSync(
    file,
    `import { TaskRunner, TaskError, openRuntime } from ${JSON.stringify(LIBRARY)};\nimport { connect, listen } from ${JSON.stringify(HTTP)};\n${body}\n`,
  );
  const child = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'pipe'] });
  atEnd(t, () => child.kill('SIGKILL'));
  return child;
}

/** Runs `body`, an ES module in which the library's names are imported, until it ends by itself. */
export async function runHost(t: TestContext, body: string): Promise<HostResult> {
  const child = startHost(t, body);
  child.stdin?.end();
  const exit = once(child, 'close');
  const [stdout, stderr] = await Promise.all([child.stdout, child.stderr].map(async (stream) => (stream === null ? '' : text(stream))));
  const [code, signal] = (await exit) as [number | null, string | null];
  return { code, signal, stdout: stdout ?? '', stderr: stderr ?? '' };
}

/** A host that goes on until its standard input ends. */
export interface LiveHost {
  readonly pid: number;
  /** The next line it writes. Rejects when it ends before. */
  line(): Promise<string>;
  /** Ends its standard input, and resolves with its exit code. */
  finish(): Promise<number | null>;
  /** Kills it, as nothing else can be. */
  kill(): Promise<void>;
}

/** Starts `body`, which should write lines and end when `await stdinEnd` resolves. */
export function startLiveHost(t: TestContext, body: string): LiveHost {
  const child = startHost(t, `const stdinEnd = new Promise((resolve) => process.stdin.on('end', resolve).resume());\n${body}`);
  const exit = once(child, 'exit') as Promise<[number | null]>;
  child.stderr?.pipe(process.stderr);
  const lines = child.stdout === null ? undefined : createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    pid: child.pid ?? 0,
    line: async () => {
      const next = await lines?.next();
      if (next === undefined || next.done === true) throw new Error('the host ended before it wrote a line');
      return next.value;
    },
    finish: async () => {
      child.stdin?.end();
      return (await exit)[0];
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exit;
    },
  };
}
