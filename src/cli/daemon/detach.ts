/** A daemon in the background: a process in a session of its own, whose log is a file, which says by a pipe when it serves. Waits for nothing longer. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, readFileSync, writeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { beginPrivateLog } from '../../index.ts';
import { exitCodeOfSignal } from '../exit-code.ts';
import type { Cli } from '../host.ts';
import type { Project } from '../project.ts';

const LOG_NAME = 'daemon.log';
/** The descriptor that the daemon has the pipe as. */
const READY_FD = 3;

/** Starts it. Resolves with 0 when it serves; where it does not, tells what it said, and gives its exit code. */
export async function startDetached(cli: Cli, { config, paths }: Project, autostart: boolean): Promise<number> {
  const log = beginPrivateLog(paths.runDir(), LOG_NAME);
  const { dataDir, verbose } = cli.globals;
  const args = [
    'serve',
    ...config.files.flatMap((file) => ['--config', file]),
    ...(dataDir === undefined ? [] : ['--data-dir', dataDir]),
    ...(verbose ? ['--verbose'] : []),
    ...(autostart ? [] : ['--no-autostart']),
    '--ready-fd',
    String(READY_FD),
  ];
  const child = spawn(process.execPath, [process.argv[1] ?? '', ...args], {
    cwd: cli.cwd,
    env: cli.env,
    detached: true,
    stdio: ['ignore', log.fd, log.fd, 'pipe'],
  });
  closeSync(log.fd);
  const exitCode = await served(child);
  if (exitCode === 0) cli.err.writeLine(`dirigent: started the daemon (process ${child.pid}); its log is ${log.path}`);
  else cli.err.write(wordsIn(log.path));
  return exitCode;
}

async function served(child: ChildProcess): Promise<number> {
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  exit.catch(() => undefined); // one that could not be started is told to whoever waits below
  const pipe = child.stdio[READY_FD] as Readable;
  const first = once(pipe, 'data').then(() => 'serves' as const);
  const told = await Promise.race([first, exit]);
  pipe.destroy();
  child.unref();
  if (told === 'serves') return 0;
  const [code, signal] = told;
  return code ?? exitCodeOfSignal(signal ?? '');
}

/** What people read of a log, which also has lines of JSON. */
const wordsIn = (path: string): string =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('{'))
    .join('\n');

/** For the daemon itself: says that it serves, to whoever waits for that. */
export function tellReady(fd: number): void {
  try {
    writeSync(fd, 'serves\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error; // whoever waited is gone
  }
  closeSync(fd);
}
