/** What the control plane learns of one run, from the request for it to its verdict: so that it has the run's line before any file does. No I/O. */
import type { RunEntry } from '../model/run-history.ts';
import type { RunFact } from './client.ts';
import { toRunEntry, type RunFacts, type RunVerdict } from './run-entry.ts';

/** Notes on one run. */
export class RunNotes {
  #facts: RunFacts;

  /** @param requestedAt ISO 8601, of a run that an earlier runner asked for */
  constructor(runId: string, restarts: number, requestedAt = new Date().toISOString()) {
    this.#facts = { runId, restarts, requestedAt, pid: null, startedAt: null, exit: null };
  }

  /** When the run was asked for; ISO 8601. */
  get requestedAt(): string {
    return this.#facts.requestedAt;
  }

  /** Takes note of what the shim tells, with the times of its clock: what is shown here and what it writes agree. */
  add(fact: RunFact): void {
    if (fact.type === 'spawned') this.#facts = { ...this.#facts, pid: fact.pid, startedAt: toIso(fact.at) };
    else if (fact.type === 'exited') {
      const { exitCode, signal } = fact;
      this.#facts = { ...this.#facts, exit: { exitCode, signal, at: toIso(fact.at) } };
    }
  }

  /** The run's line, now that it is over. */
  toEntry(verdict: Pick<RunVerdict, 'status' | 'outputComplete'>): RunEntry {
    return toRunEntry(this.#facts, { ...verdict, at: new Date().toISOString() });
  }
}

const toIso = (epochMs: number): string => new Date(epochMs).toISOString();
