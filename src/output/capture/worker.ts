/**
 * Entry of the log worker thread. It serves the capture calls over the port it is given and ends by itself once it was
 * closed. It is never terminated, which would lose what was read and not yet written. On a fault of ours it stops reading, tells what
 * the next worker needs to go on at the next byte, and ends.
 */
import { workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { expose, transfer } from 'comlink';
import type { CaptureApi } from './api.ts';
import { CaptureSession } from './capture-session.ts';
import { loadPatterns } from './line-pattern.ts';
import type { Notice } from './notice.ts';
import { keepErrorCodes } from './error-codes.ts';

const { port } = workerData as { readonly port: MessagePort };
const tell = (notice: Notice): void => port.postMessage(notice);

const session = new CaptureSession({
  notices: {
    grew: (task, kind, end) => tell({ notice: 'grew', task, kind, end }),
    matched: (run, watch) => tell({ notice: 'matched', run, watch }),
    watchFailed: (run, watch, message) => tell({ notice: 'watchFailed', run, watch, message }),
    warning: (message) => tell({ notice: 'warning', message }),
    ended: (run) => tell({ notice: 'ended', run }),
  },
  onFault: (error, handover) => {
    tell({ notice: 'fault', error, handover });
    process.exit(1); // at once: what ran on would write what was handed over
  },
});
// Thrown further, an exception would leave libuv reading for a thread that runs no more.
process.on('uncaughtException', (error) => session.fault(error));

/** Before a pattern is needed, the engine is. Where that cannot be had, the watch says so, and the run is read all the same. */
const whenLoaded = <T>(work: () => T): Promise<T> => loadPatterns().then(work, work);

const api: { [Name in keyof CaptureApi]: (...args: Parameters<CaptureApi[Name]>) => unknown } = {
  takeOver: (ledgers, handover) => session.takeOver(ledgers, handover),
  attach: (request) =>
    request.watches?.some(({ armed }) => armed) === true ? whenLoaded(() => session.attach(request)) : session.attach(request),
  begin: (run) => session.begin(run),
  drain: (run, idleMs) => session.drain(run, idleMs),
  counters: (task) => session.counters(task),
  written: (task, run) => session.written(task, run),
  memory: (task, kind) => {
    const kept = session.memory(task, kind);
    return transfer(kept, [kept.bytes.buffer]);
  },
  rotate: (task, plan) => session.rotate(task, plan),
  arm: (run, watch) => whenLoaded(() => session.arm(run, watch)),
  disarm: (run, watch) => session.disarm(run, watch),
  watch: (task, on) => session.watch(task, on),
  forget: (task) => session.forget(task),
  close: async () => {
    await session.close();
    setImmediate(() => port.close()); // after the answer; nothing is left then that keeps the thread
  },
};

keepErrorCodes();
expose(api, port);
tell({ notice: 'ready' });
