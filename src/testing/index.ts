/** The public face for tests and simulations, `dirigent-taskrunner/testing`: the real machines in virtual time. No logic here. */
export {
  simulate,
  type SimulatedCommand,
  type SimulatedConfig,
  type SimulatedGroupGaveUp,
  type Simulation,
  type SimulationScript,
} from './simulate.ts';
export type { Move, TaskOutcome } from './outcome.ts';
export type { ProcessScript, TaskScript, Time } from './process-script.ts';
export type { ProcessHandle } from './process-handle.ts';
export { createTestRunner, type RunnerVerbs, type TestRunner } from './test-runner.ts';
export type { TestRunnerOptions } from './test-parts.ts';
export type { VirtualWaitOptions } from './waiting.ts';
