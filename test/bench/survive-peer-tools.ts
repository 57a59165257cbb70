/** The peers of the benchmark `survive`, where they are installed: started, listed and brought back as their manuals say. Installs nothing, kills no daemon. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { GatedTask } from '../rig/gated-task.ts';
import { find, findPm2 } from './peers.ts';

const execute = promisify(execFile);
const START_TIMEOUT_MS = 20_000;

/** A task, as the peer lists it. */
export interface PeerTask {
  readonly name: string;
  /** 0: it does not run. */
  readonly pid: number;
  /** Of one that does not run, where the peer knows it. */
  readonly exitCode: number | null;
}

/** A peer with tasks. */
export interface Peer {
  readonly name: string;
  /** The log of a task. */
  logOf(task: string): string;
  /** Starts the daemon with the tasks. */
  start(): Promise<void>;
  /** The pid of its daemon. */
  daemon(): number;
  /** Its way of coming back after its daemon died. */
  comeBack(): Promise<void>;
  list(): Promise<readonly PeerTask[]>;
  /** Ends it with what it runs. */
  end(): Promise<void>;
}

/** A peer, for these tasks in a folder of its own. */
export type MakePeer = (dir: string, tasks: readonly GatedTask[]) => Peer;

/** Those that are installed. */
export function installedPeers(): MakePeer[] {
  const [pm2, supervisord] = [findPm2(), find('supervisord')];
  const made: MakePeer[] = [];
  if (pm2 !== undefined) made.push((dir, tasks) => withPm2(pm2, dir, tasks));
  if (supervisord !== undefined) made.push((dir, tasks) => withSupervisord(supervisord, dir, tasks));
  return made;
}

/** Those that are not, each with what to install. */
export const missingPeers = (): string[] => [
  ...(findPm2() === undefined ? ['pm2 (npm install pm2, or name it in DIRIGENT_BENCH_PM2)'] : []),
  ...(find('supervisord') === undefined ? ['supervisord (apt-get install supervisor)'] : []),
];

interface Pm2Entry {
  readonly name: string;
  readonly pid: number;
  readonly pm2_env: { readonly exit_code?: number };
}

function withPm2(program: string, dir: string, tasks: readonly GatedTask[]): Peer {
  const env = { ...process.env, PM2_HOME: join(dir, 'pm2') };
  const pm2 = async (...args: readonly string[]): Promise<string> =>
    (await execute(program, args, { env, maxBuffer: 1e8, timeout: START_TIMEOUT_MS })).stdout;
  const logOf = (task: string): string => join(dir, `${task}.log`);
  return {
    name: 'pm2',
    logOf,
    async start() {
      const apps = tasks.map(({ name, command: [script = '', ...args] }) => ({
        name,
        script,
        args,
        interpreter: 'none',
        autorestart: false,
        out_file: logOf(name),
        error_file: '/dev/null',
      }));
      writeFileSync(join(dir, 'apps.json'), JSON.stringify({ apps }));
      await pm2('start', join(dir, 'apps.json'));
      await pm2('save'); // which is what `resurrect` goes by
    },
    daemon: () => Number(readFileSync(join(dir, 'pm2', 'pm2.pid'), 'utf8')),
    comeBack: async () => void (await pm2('resurrect')),
    async list() {
      const listed = await pm2('jlist');
      const entries = JSON.parse(listed.slice(listed.indexOf('['))) as readonly Pm2Entry[];
      return entries.map(({ name, pid, pm2_env }) => ({ name, pid, exitCode: pid === 0 ? (pm2_env.exit_code ?? null) : null }));
    },
    end: async () => void (await pm2('kill')),
  };
}

function withSupervisord(program: string, dir: string, tasks: readonly GatedTask[]): Peer {
  const [file, socket] = [join(dir, 'supervisord.conf'), join(dir, 'sock')];
  let daemon: ChildProcess | undefined;
  const logOf = (task: string): string => join(dir, `${task}.log`);
  const sections = tasks.map(({ name, command }) =>
    [
      `[program:${name}]\ncommand=${command.join(' ')}\nautorestart=false\nstartsecs=0`,
      `stdout_logfile=${logOf(name)}\nstdout_logfile_maxbytes=0\nstderr_logfile=NONE`,
    ].join('\n'),
  );
  const head = [
    `[supervisord]\nnodaemon=true\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile=${join(dir, 'pid')}`,
    `[unix_http_server]\nfile=${socket}`,
    '[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface',
  ];
  const list = (): Promise<readonly PeerTask[]> => supervisordTasks(socket);
  const start = async (): Promise<void> => {
    writeFileSync(file, `${[...head, ...sections].join('\n')}\n`);
    daemon = spawn(program, ['-n', '-c', file], { stdio: 'ignore' });
    await untilListed(list, tasks.length);
  };
  return {
    name: 'supervisord',
    logOf,
    start,
    daemon: () => daemon?.pid ?? 0,
    comeBack: start,
    list,
    async end() {
      if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return;
      const ended = once(daemon, 'exit');
      daemon.kill('SIGTERM');
      await ended;
    },
  };
}

/** What supervisord tells by XML-RPC. */
async function supervisordTasks(socketPath: string): Promise<readonly PeerTask[]> {
  const asked = request({ socketPath, path: '/RPC2', method: 'POST', headers: { 'content-type': 'text/xml' } });
  asked.end('<?xml version="1.0"?><methodCall><methodName>supervisor.getAllProcessInfo</methodName><params/></methodCall>');
  const [answer] = (await once(asked, 'response')) as [Parameters<typeof text>[0]];
  const structs = (await text(answer)).split('<struct>').slice(1);
  const member = (struct: string, name: string): string =>
    new RegExp(`<name>${name}</name>\\s*<value><(?:string|int)>([^<]*)<`).exec(struct)?.[1] ?? '';
  return structs.map((struct) => {
    const pid = Number(member(struct, 'pid'));
    return { name: member(struct, 'name'), pid, exitCode: pid === 0 ? Number(member(struct, 'exitstatus')) : null };
  });
}

async function untilListed(list: () => Promise<readonly PeerTask[]>, count: number): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += 50) {
    const running = await list().then(
      (tasks) => tasks.filter(({ pid }) => pid > 0).length,
      (error: unknown) => {
        if (waitedMs > START_TIMEOUT_MS) throw error;
        return 0; // it does not listen yet
      },
    );
    if (running === count) return;
    if (waitedMs > START_TIMEOUT_MS) throw new Error(`supervisord runs ${running} of ${count} tasks`);
    await wait(50);
  }
}
