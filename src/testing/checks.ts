/**
 * Probes without anything to ask: a check finds what the simulated process is said to be. One whose answer would change nothing is
 * left open until the process changes, and answered at the moment at which a check would have been: a silent day costs nothing.
 */
import { fromCallback } from 'xstate';
import type { CheckInput, ProbeEvent } from '../../machines/probe.machine.ts';
import type { VirtualClock } from './clock.ts';
import type { VirtualProcess } from './process.ts';

/** What checks need of the world. */
export interface CheckHost {
  readonly clock: VirtualClock;
  /** The process of a run. */
  find(task: string, runId: string): VirtualProcess | undefined;
}

/** How the checks of one probe came out last, and how often in a row. */
interface Row {
  passed: boolean;
  length: number;
}

/** The logic to provide as the probe machine's `check`. */
export function createCheckLogic(host: CheckHost) {
  const rows = new WeakMap<VirtualProcess, Map<string, Row>>();
  return fromCallback<ProbeEvent, CheckInput>(({ input, sendBack }) => {
    const process = host.find(input.task, input.runId);
    if (process === undefined) return undefined;
    const ofProcess = rows.get(process) ?? new Map<string, Row>();
    rows.set(process, ofProcess);
    const row = ofProcess.get(input.kind) ?? { passed: false, length: 0 };
    ofProcess.set(input.kind, row);
    return check({ host, input, process, row, sendBack });
  });
}

interface Check {
  readonly host: CheckHost;
  readonly input: CheckInput;
  readonly process: VirtualProcess;
  readonly row: Row;
  readonly sendBack: (event: ProbeEvent) => void;
}

/** Answers now where that counts; otherwise when the process has changed. Returns what ends the check. */
function check({ host: { clock }, input, process, row, sendBack }: Check): () => void {
  const beganAt = clock.now();
  let timer: ReturnType<VirtualClock['setTimeout']> | undefined;
  const answer = (): void => {
    const passed = process.has(input.kind);
    const at = clock.now();
    // A failure in the start period is none yet, and the probe hears of it all the same.
    const counts = passed || at >= process.startedAt + input.probe.startPeriod;
    row.length = counts ? (row.passed === passed ? row.length : 0) + 1 : 0;
    row.passed = passed;
    sendBack(passed ? { type: 'check.passed', at } : { type: 'check.failed', message: describe(input), at });
  };
  if (isAnswerDue(input, process, row)) {
    answer();
    return () => undefined;
  }
  const unwatch = process.watch(() => {
    clock.clearTimeout(timer);
    if (process.has(input.kind) !== row.passed) timer = clock.setTimeout(answer, untilNextCheck(input, beganAt, clock));
  });
  return () => {
    unwatch();
    clock.clearTimeout(timer);
  };
}

/** Whether an answer would tell the probe anything: not the same again once it has told so, and of a sign only that it was given. */
function isAnswerDue({ kind, probe, isPatient }: CheckInput, process: VirtualProcess, row: Row): boolean {
  const passes = process.has(kind);
  if (isPatient) return passes;
  return row.passed !== passes || row.length < (passes ? probe.successes : probe.failures);
}

/** A patient check sees the sign when it is given; another one asks at its interval. */
function untilNextCheck({ probe, isPatient }: CheckInput, beganAt: number, clock: VirtualClock): number {
  if (isPatient || probe.interval === 0) return 0;
  const waitedMs = clock.now() - beganAt;
  return Math.ceil(waitedMs / probe.interval) * probe.interval - waitedMs;
}

const describe = ({ kind }: CheckInput): string => (kind === 'ready' ? 'it is not ready yet' : 'it does not answer any more');
