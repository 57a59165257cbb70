/**
 * The shim: the small process that forks tasks, holds their pipes, reaps them and captures their output, so that the
 * process it serves does none of it. Started once per runner by `launch.ts`. Decides nothing; keeps no policy but one: when the
 * control plane is gone, take the tasks down that nobody holds, and go on with the others until the next one comes.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, constants, ftruncateSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { runDir } from '../output/layout.ts';
import { descriptorLimit } from '../util/descriptor-limit.ts';
import { OwnedDir } from '../util/owned-dir.ts';
import { bootId } from '../util/process-identity.ts';
import { Forest } from '../util/process-tree.ts';
import { takeDownAbandoned } from './abandoned.ts';
import { messageOfError } from './fault.ts';
import { FifoPool } from './fifo-pool.ts';
import { Link } from './link.ts';
import { lockDescriptor } from './lock.ts';
import { LogWorkers } from './log-worker.ts';
import {
  LOCK_FD,
  LOG_FD,
  REPORT_FD,
  SHIM_LOCK_FILE,
  pipesDir,
  socketPath,
  type LaunchOptions,
  type LaunchReport,
} from './launch-protocol.ts';
import { RunHistory } from './run-history.ts';
import { Runs } from './runs.ts';
import { Unwritten } from './unwritten.ts';

/** How long a predecessor that takes its tasks down is waited for. */
const PREDECESSOR_TIMEOUT_MS = 60_000;

const options = JSON.parse(process.argv[2] ?? '{}') as LaunchOptions;
const report = new Socket({ fd: REPORT_FD });
report.on('error', () => undefined); // the runner is gone: `close` follows
report.on('close', () => {
  // Not yet at work: it ends with the command that waits for its lock, or it would have its turn later, for nobody.
  if (!isListening) process.kill(-process.pid, 'SIGKILL');
  else if (!link.isConnected) goOnAlone();
});
let isLeaving = false;
let isListening = false;
/** One unbroken time in which tasks of this data directory are in charge of runners: from a start to the close of one. */
let session = '';
let markClosed = (): void => undefined;

const capture = new LogWorkers({
  notices: {
    grew: (task, kind, end) => link.send({ type: 'grew', task, kind, end }),
    matched: (run, watch) => runs.heard({ type: 'logMatched', run, watch }),
    watchFailed: (run, watch, message) => runs.heard({ type: 'watchFailed', run, watch, message }),
    warning: (message) => link.send({ type: 'warning', message }),
    ended: (run) => runs.pipesEnded(run),
  },
  gap: (task, stream, maxBytes) => {
    runs.missing(task);
    link.send({ type: 'logGap', task, stream, maxBytes });
  },
  gaveUp: (message) => {
    console.error(message);
    link.send({ type: 'warning', message });
    void leave('the log worker died', 1);
  },
});
// Node.js hands this one to every child, asked or not; what a task gets is what its definition says.
delete process.env['NODE_V8_COVERAGE'];
const link = new Link({
  message: (message) => {
    if (message.type !== 'call') return runs.handle(message);
    const { id, call } = message;
    runs.call(call).then(
      (result) => link.send({ type: 'reply', id, result: result ?? null }),
      (error: unknown) => link.send({ type: 'error', id, message: messageOfError(error) }),
    );
  },
  greeted: (pid) => spared.add(pid),
  adopt: () => void runs.adopt().then((held) => link.send({ type: 'adopted', session, runs: held })),
  leave: () => {
    markClosed();
    void leave('the runner closed', 0);
  },
  lost: () => goOnAlone(),
});
const spared = new Set([process.pid, options.hostPid]);
const fifoDir = OwnedDir.open(pipesDir(options.ipcDir));
const fifos = new FifoPool(fifoDir.path, descriptorLimit(), options.pipesInUse);
const warn = (message: string): void => link.send({ type: 'warning', message });
const unwritten = new Unwritten({ warn });
const common = {
  unwritten,
  dataDir: options.dataDir,
  session: () => session,
  bootId: bootId(), // once: a start must not need a descriptor to find out
  history: new RunHistory(options.keepRuns),
  forest: new Forest({ spared, warn }),
  warn,
};
const runs = new Runs({ ...common, capture, fifos, send: (message) => link.send(message) });

/** The runner is gone without a word. */
function goOnAlone(): void {
  if (isLeaving) return;
  if (runs.hasHeld) runs.goOnAlone(() => void leave('no task is left', 0));
  else void leave('the runner is gone', 0);
}

/** Takes every task down, writes everything out, and ends. */
async function leave(reason: string, exitCode: number): Promise<void> {
  if (isLeaving) return;
  isLeaving = true;
  link.refuse(`${reason}: the shim is taking its tasks down`);
  await runs.takeDown();
  unwritten.close();
  await capture.close().catch((error: unknown) => console.error(messageOfError(error)));
  await link.close();
  process.exit(exitCode);
}

async function prepare(): Promise<LaunchReport> {
  if (!(await lockDescriptor(LOCK_FD, options.lockTimeoutMs))) {
    return { type: 'busy', owner: readFileSync(`/proc/self/fd/${LOCK_FD}`, 'utf8') };
  }
  ftruncateSync(LOCK_FD, 0);
  writeSync(LOCK_FD, JSON.stringify({ pid: options.hostPid }), 0);
  closeSync(LOCK_FD); // the runner's descriptor holds the lock: it must end with the runner, not with the shim
  const run = OwnedDir.open(runDir(options.dataDir));
  const own = run.openFile(SHIM_LOCK_FILE, constants.O_RDWR | constants.O_CREAT);
  if (!(await lockDescriptor(own, 0))) {
    tell({ type: 'predecessor' });
    if (!(await lockDescriptor(own, PREDECESSOR_TIMEOUT_MS)))
      return { type: 'failed', message: `an earlier shim has not ended within ${PREDECESSOR_TIMEOUT_MS / 1000} s` };
  }
  const continued = takeOver(own);
  ftruncateSync(LOG_FD, 0); // not before the locks are held: until then it is another shim's
  for (const name of fifoDir.names()) if (!options.pipesInUse.includes(name)) fifoDir.remove(name);
  rmSync(socketPath(options.ipcDir), { force: true });
  const abandoned = continued !== null && !options.isRelaunch ? takeDownAbandoned(common) : undefined;
  await Promise.all([fifos.fill(), capture.ready(), abandoned]);
  await link.listen(socketPath(options.ipcDir));
  return { type: 'listening', continued };
}

/**
 * Writes into the locked file who holds it, and goes on with the session of whoever held it before in this boot and was not closed.
 * @returns that session, or null
 */
function takeOver(own: number): string | null {
  const before = /^(\S+) (\S+) /.exec(readFileSync(own, 'utf8'));
  const continued = before?.[1] === common.bootId ? (before[2] ?? null) : null;
  session = continued ?? randomUUID();
  ftruncateSync(own, 0);
  writeSync(own, `${common.bootId} ${session} ${process.pid}\n`, 0);
  markClosed = () => ftruncateSync(own, 0);
  return continued;
}

function tell(news: LaunchReport): void {
  report.write(`${JSON.stringify(news)}\n`);
}

// A signal for the whole session or service is for the runner, which then stops its tasks through us. Without one it is for us.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
  process.on(signal, () => {
    if (isListening && !link.isConnected) void leave(`${signal} came while no runner was there`, 0);
  });
process.on('uncaughtException', (error) => {
  console.error(messageOfError(error));
  void leave('internal error', 1);
});

const outcome = await prepare().catch((error: unknown): LaunchReport => ({
  type: 'failed',
  message: error instanceof Error ? error.message : String(error),
}));
report.resume();
isListening = outcome.type === 'listening';
tell(outcome);
if (outcome.type !== 'listening') report.end(() => process.exit(1));
