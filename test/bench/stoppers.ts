/** Who takes part in the benchmark `survivors`: us, and the peers that are on the PATH or can be imported. Installs nothing. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { TaskRunner } from '../../src/index.ts';
import { find } from './peers.ts';

/** What is to be started and stopped. */
export interface Service {
  readonly name: string;
  /** An executable shell script. */
  readonly file: string;
}

/** Asks for the end and resolves when the tool says that it is done; with a note when it never does. */
export type Stop = () => Promise<string | undefined>;

/** A tool, in one way to use it. */
export interface Contestant {
  readonly name: string;
  start(service: Service): Promise<Stop>;
  cleanUp?(service: Service): Promise<void>;
}

const execute = promisify(execFile);

/** How long a tool may take to stop one service; patience for SIGKILL is 1 s where it can be set. */
const STOP_TIMEOUT_MS = 8_000;
const NEVER = `never done within ${STOP_TIMEOUT_MS / 1_000} s`;

function findModule(name: string): string | undefined {
  try {
    return createRequire(join(process.cwd(), 'package.json')).resolve(name);
  } catch {
    return undefined;
  }
}

/** The peers that are not installed, each with what to install. */
export const missing = (): string[] =>
  [
    find('pm2') === undefined ? 'pm2 (npm install pm2)' : undefined,
    find('supervisord') === undefined ? 'supervisord (pip install supervisor)' : undefined,
    find('concurrently') === undefined ? 'concurrently (npm install concurrently)' : undefined,
    findModule('execa') === undefined ? 'execa (npm install execa)' : undefined,
  ].filter((text) => text !== undefined);

/** Everyone who is there. `dir` is theirs to write to. */
export async function contestants(dir: string): Promise<Contestant[]> {
  const [pm2, supervisord, concurrently, execa] = [find('pm2'), find('supervisord'), find('concurrently'), findModule('execa')];
  return [
    ours(dir),
    ...(pm2 === undefined ? [] : [withPm2(pm2, dir)]),
    ...(supervisord === undefined ? [] : [withSupervisord(supervisord, dir, false), withSupervisord(supervisord, dir, true)]),
    ...(concurrently === undefined ? [] : [withConcurrently(concurrently)]),
    ...(execa === undefined ? [] : [await withExeca(execa)]),
  ];
}

function ours(dir: string): Contestant {
  return {
    name: 'dirigent',
    start: async ({ name, file }) => {
      const runner = await TaskRunner.open({
        dataDir: join(dir, `dirigent-${name}`),
        tasks: { [name]: { command: file, stopTimeout: '1s' } },
      });
      await runner.start(name);
      return async () => {
        await runner.stop(name);
        await runner.close();
        return undefined;
      };
    },
  };
}

function withPm2(pm2: string, dir: string): Contestant {
  const env = { ...process.env, PM2_HOME: join(dir, 'pm2'), PM2_KILL_TIMEOUT: '1000' };
  return {
    name: 'pm2',
    start: async ({ name, file }) => {
      await execute(pm2, ['start', file, '--name', name, '--interpreter', '/bin/sh', '--no-autorestart'], { env });
      return () => bounded(execute(pm2, ['stop', name], { env }));
    },
    cleanUp: async () => void (await execute(pm2, ['kill'], { env })),
  };
}

function withSupervisord(supervisord: string, dir: string, asGroup: boolean): Contestant {
  const control = join(supervisord, '..', 'supervisorctl');
  const daemons = new Map<string, ChildProcess>();
  const configOf = ({ name }: Service): string => join(dir, `supervisord-${name}-${asGroup}.conf`);
  return {
    name: asGroup ? 'supervisord, stopasgroup killasgroup' : 'supervisord',
    start: async (service) => {
      const { name, file } = service;
      const socket = join(dir, `${name}-${asGroup}.sock`);
      writeFileSync(
        configOf(service),
        [
          `[supervisord]\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile=${socket}.pid`,
          `[unix_http_server]\nfile=${socket}`,
          '[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface',
          `[supervisorctl]\nserverurl=unix://${socket}`,
          `[program:${name}]\ncommand=${file}\nautorestart=false\nstopwaitsecs=1\nstopasgroup=${asGroup}\nkillasgroup=${asGroup}`,
          '',
        ].join('\n'),
      );
      daemons.set(name, spawn(supervisord, ['-n', '-c', configOf(service)], { stdio: 'ignore' }));
      return () => bounded(execute(control, ['-c', configOf(service), 'stop', name]));
    },
    cleanUp: async ({ name }) => {
      const daemon = daemons.get(name);
      if (daemon !== undefined) await end(daemon);
    },
  };
}

function withConcurrently(concurrently: string): Contestant {
  const running = new Map<string, ChildProcess>();
  return {
    name: 'concurrently',
    start: async ({ name, file }) => {
      const child = spawn(concurrently, ['--kill-timeout', '1000', file], { stdio: 'ignore' });
      running.set(name, child);
      return () => {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        return bounded(ended);
      };
    },
    cleanUp: async ({ name }) => {
      const child = running.get(name);
      if (child !== undefined) await end(child);
    },
  };
}

interface Execa {
  execa(file: string, options: object): Promise<unknown> & { kill(signal: string): boolean };
}

async function withExeca(path: string): Promise<Contestant> {
  const { execa } = (await import(pathToFileURL(path).href)) as Execa;
  const { version } = JSON.parse(readFileSync(join(dirname(path), 'package.json'), 'utf8')) as { version: string };
  return {
    // It came with version 10; before, the option is passed over.
    name: `execa ${version}${Number.parseInt(version, 10) >= 10 ? ', killDescendants' : ''}`,
    start: async ({ file }) => {
      const options = { stdio: 'ignore', reject: false, forceKillAfterDelay: 1_000, killDescendants: true };
      const child = execa(file, options);
      return () => {
        child.kill('SIGTERM');
        return bounded(child);
      };
    },
  };
}

/** Waits for `work`, and gives a note when it does not end in time. */
async function bounded(work: Promise<unknown>): Promise<string | undefined> {
  const patience = new AbortController();
  const late = wait(STOP_TIMEOUT_MS, NEVER, { signal: patience.signal }).catch(() => undefined);
  const outcome = await Promise.race([work.then(() => undefined), late]);
  patience.abort();
  return outcome;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
