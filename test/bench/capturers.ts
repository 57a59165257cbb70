/** Who captures in the benchmarks `capture` and `tiny`: us, a C program, and the peers that are installed. Measures nothing. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { TaskRunner } from '../../src/index.ts';
import type { Capturer } from './flood.ts';

const execute = promisify(execFile);

/** When everyone rotates who can, and how many rotated files stay. */
const ROTATION = { maxBytes: 100e6, keep: 2 };
/** multilog takes no more. */
const MULTILOG_MAX_BYTES = 16_777_215;

/** Ours, through the shim and its log worker. */
export function ours(combined: boolean): Capturer {
  const logs = combined ? ['tasks/flood/stdout.log', 'tasks/flood/combined.log'] : ['tasks/flood/stdout.log'];
  return {
    name: combined ? 'dirigent' : 'dirigent, stdout.log alone',
    logs,
    async start([command = '', ...args], dataDir) {
      const log = { maxSize: ROTATION.maxBytes, keep: ROTATION.keep, total: '10GiB', combined };
      const runner: TaskRunner = await TaskRunner.open({ dataDir, tasks: { flood: { command, args, log } } });
      return { done: runner.run('flood'), end: () => runner.close() };
    },
  };
}

/** A C program that does the same two writes. */
export const plainC = (program: string): Capturer =>
  piped('C program', ['stdout.log', 'combined.log'], (dir) => [program, dir, String(ROTATION.maxBytes), String(ROTATION.keep)]);

/** s6-log, which writes one file. */
export const s6Log = (program: string): Capturer =>
  piped('s6-log', ['log/current'], (dir) => [program, '-b', `n${ROTATION.keep}`, `s${ROTATION.maxBytes}`, join(dir, 'log')]);

/** multilog of daemontools, which writes one file. */
export const multilog = (program: string): Capturer =>
  piped('multilog', ['log/current'], (dir) => [program, `n${ROTATION.keep + 1}`, `s${MULTILOG_MAX_BYTES}`, join(dir, 'log')]);

/** A Node.js program that starts the task as child_process does, and writes one file. */
export const socketpair: Capturer = {
  name: 'Node.js socketpair',
  logs: ['stdout.log'],
  async start(command, dir) {
    const reader = spawn(
      process.execPath,
      [fileURLToPath(new URL('./socketpair-reader.js', import.meta.url)), join(dir, 'stdout.log'), ...command],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    return { done: successOf('the reader', once(reader, 'exit')) };
  },
};

/** pm2, which writes one file and never rotates. Its home is in the folder it is given. */
export function pm2(program: string): Capturer {
  return {
    name: 'pm2',
    logs: ['out.log'],
    async start([script = '', ...args], dir) {
      const env = { ...process.env, PM2_HOME: join(dir, 'home') };
      const app = {
        name: 'flood',
        script,
        args,
        interpreter: 'none',
        autorestart: false,
        out_file: join(dir, 'out.log'),
        error_file: '/dev/null',
      };
      writeFileSync(join(dir, 'apps.json'), JSON.stringify({ apps: [app] }));
      await execute(program, ['start', join(dir, 'apps.json')], { env });
      return { end: () => execute(program, ['kill'], { env }) };
    },
  };
}

/** supervisord, which writes one file. */
export function supervisord(program: string): Capturer {
  return {
    name: 'supervisord',
    logs: ['out.log'],
    async start(command, dir) {
      const file = join(dir, 'supervisord.conf');
      const log = `stdout_logfile=${join(dir, 'out.log')}\nstdout_logfile_maxbytes=${ROTATION.maxBytes}\nstdout_logfile_backups=${ROTATION.keep}`;
      const own = `nodaemon=true\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile=${join(dir, 'pid')}`;
      const task = `command=${command.join(' ')}\nautorestart=false\nstartsecs=0\nstderr_logfile=NONE\n${log}`;
      writeFileSync(file, `[supervisord]\n${own}\n[program:flood]\n${task}\n`);
      const daemon = spawn(program, ['-n', '-c', file], { stdio: 'ignore' });
      const ended = once(daemon, 'exit');
      return { end: () => (daemon.kill('SIGTERM'), ended) };
    },
  };
}

/** A program that reads its standard input until the end: when it exits, everything is written. */
function piped(name: string, logs: readonly string[], argsOf: (dir: string) => readonly string[]): Capturer {
  return {
    name,
    logs,
    async start(command, dir) {
      mkdirSync(join(dir, 'log'));
      // A pipe of the shell's: Node.js would make a pair of sockets.
      const task = command.map((word) => `'${word}'`).join(' ');
      const shell = spawn('sh', ['-c', `${task} | exec "$@"`, 'sh', ...argsOf(dir)], { stdio: ['ignore', 'ignore', 'inherit'] });
      return { done: successOf(name, once(shell, 'exit')) };
    },
  };
}

/** @throws Error when the process did not end with 0 */
async function successOf(name: string, exit: Promise<unknown[]>): Promise<void> {
  const [code, signal] = await exit;
  if (code !== 0) throw new Error(`${name} ended with ${String(code ?? signal)}`);
}
