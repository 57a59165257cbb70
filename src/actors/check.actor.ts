/** The effect behind the probe machine's `check`: one check, reported as a fact. Nothing here counts or repeats. */
import { fromCallback } from 'xstate';
import type { CheckInput, ProbeEvent } from '../../machines/probe.machine.ts';
import { createProbeChecks, kindOf } from './probe-checks.ts';
import type { RunAccess } from './run-access.ts';

/** The logic to provide as the probe machine's `check`. @param access the ways into a run; undefined once it is over */
export function createCheckLogic(access: (run: string) => RunAccess | undefined) {
  const checks = createProbeChecks(access);
  return fromCallback<ProbeEvent, CheckInput>(({ input: { probe, ...context }, sendBack }) => {
    const stopped = new AbortController();
    checks[kindOf(probe)](probe, context, stopped.signal).then(
      () => sendBack({ type: 'check.passed', at: Date.now() }),
      (error: unknown) => {
        // The machine has left the check: nobody listens.
        if (stopped.signal.aborted) return;
        sendBack({ type: 'check.failed', message: error instanceof Error ? error.message : String(error), at: Date.now() });
      },
    );
    return () => stopped.abort(new Error('the check was given up'));
  });
}
