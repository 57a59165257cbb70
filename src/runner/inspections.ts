/** Runners whose machines can be looked at: those of this process. Looks at none itself. */
import type { Inspection } from '../inspector/inspection.ts';
import type { RunnerParts } from './parts.ts';

const partsOf = new WeakMap<object, RunnerParts>();

/** Lets the machines of a runner be looked at. */
export function allowInspection(runner: object, parts: RunnerParts): void {
  partsOf.set(runner, parts);
}

/** The machines of a runner, to be looked at; undefined for one behind a connection, and for what is none. The same for every caller; it ends with the runner. */
export const inspectionOf = (runner: object): Inspection | undefined => partsOf.get(runner)?.supervision.inspection;
