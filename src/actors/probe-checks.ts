/**
 * How each kind of probe asks, once: it resolves when the check passed, and rejects with an Error that says what was seen.
 * How often, and what follows, is decided by the probe machine. A stall of our own fails no check.
 */
import { connect } from 'node:net';
import { messageOf } from '../errors.ts';
import type { ResolvedProbe } from '../model/probe.ts';
import { askHttp, reasonOf } from './http-check.ts';
import { failureOf, type RunAccess } from './run-access.ts';
import { watchIdOf } from './run-watches.ts';
import { withinTime } from './within-time.ts';

/** Whom a check is about. */
export interface CheckContext {
  readonly task: string;
  /** The task's main process. */
  readonly pid: number;
  readonly runId: string;
  /** Whether a sign of the task is waited for without the probe's own timeout. @default false */
  readonly isPatient?: boolean;
}

/** One check. */
export type Check = (probe: ResolvedProbe, context: CheckContext, signal: AbortSignal) => Promise<void>;

/** Which kind a probe is. */
export type CheckKind = 'http' | 'tcp' | 'exec' | 'log' | 'notifyFd' | 'check';

/** Every kind of check. @param access the ways into a run; undefined once it is over */
export function createProbeChecks(access: (run: string) => RunAccess | undefined): Readonly<Record<CheckKind, Check>> {
  const sign = checkSign(access);
  return {
    http: ({ http = '', timeout }, _, signal) => withinTime(timeout, signal, (outcome) => askHttp(http, outcome)),
    tcp: checkTcp,
    exec: checkExec(access),
    log: sign,
    notifyFd: sign,
    check: checkFunction,
  };
}

/** The kind of a probe, which has exactly one target. */
export function kindOf(probe: ResolvedProbe): CheckKind {
  const kinds: readonly CheckKind[] = ['http', 'tcp', 'exec', 'log', 'notifyFd', 'check'];
  return kinds.find((kind) => probe[kind] !== undefined) ?? 'check';
}

const checkTcp: Check = ({ tcp = '', timeout }, _, signal) =>
  withinTime(timeout, signal, ({ pass, fail }) => {
    const colon = tcp.lastIndexOf(':');
    // An IPv6 address stands in brackets, as in a URL.
    const host = tcp.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
    const socket = connect({ host, port: Number(tcp.slice(colon + 1)) });
    socket.once('connect', pass);
    socket.on('error', (error) => fail(`tcp ${tcp} ${reasonOf(error)}`));
    return () => socket.destroy();
  });

/** The time of a command is counted by the shim, which runs it: a stall of ours cannot shorten it. */
const checkExec =
  (access: (run: string) => RunAccess | undefined): Check =>
  ({ exec = [], timeout }, { runId }, signal) =>
    withinTime(null, signal, ({ pass, fail }) => {
      const execution = access(runId)?.exec(exec, timeout) ?? Promise.reject(new Error('the run is over'));
      execution.then(
        (reply) => {
          const failure = failureOf(reply, timeout);
          if (failure === undefined) pass();
          else fail(`exec: ${failure}`);
        },
        (error: unknown) => fail(`exec: ${error instanceof Error ? error.message : String(error)}`),
      );
      return () => undefined; // its own timeout ends it, and the end of the task's tree
    });

/** A line, or a newline on a descriptor. What came after the last check that passed counts, also before this one began. */
const checkSign =
  (access: (run: string) => RunAccess | undefined): Check =>
  async (probe, { runId, isPatient = false }, signal) => {
    const id = watchIdOf(probe) ?? '';
    const watches = access(runId)?.watches;
    if (watches === undefined) throw new Error('the run is over');
    const forget = (): void => queueMicrotask(() => watches.forget(id)); // behind the end of the wait itself
    // A check that is given up is the last one; one that has failed is followed by another, which misses nothing in between.
    signal.addEventListener('abort', forget, { once: true });
    try {
      await withinTime(isPatient ? null : probe.timeout, signal, ({ pass, fail }) =>
        watches.listen(id, { heard: pass, failed: ({ message }) => fail(message) }),
      );
    } finally {
      signal.removeEventListener('abort', forget);
    }
  };

/** The function is given a signal of its own: aborted at the timeout as well. */
const checkFunction: Check = (probe, { task, pid }, signal) => {
  const own = new AbortController();
  return withinTime(probe.timeout, signal, ({ pass, fail }) => {
    const failed = (error: unknown): void => fail(`check: ${messageOf(error)}`);
    Promise.resolve()
      .then(() => probe.check?.({ task, pid, signal: own.signal }))
      .then((result) => (result === false ? fail('check: returned false') : pass()), failed);
    return () => own.abort(new Error('the check is over'));
  });
};
