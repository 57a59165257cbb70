/** A day of crashes of twenty tasks with dependencies and groups: what a test plays twice, and a benchmark times. */
import type { SimulatedConfig, SimulationScript } from '../../src/testing/index.ts';

const TASKS = 20;
const STRATEGIES = ['one_for_one', 'one_for_all', 'rest_for_one'] as const;

const name = (index: number): string => `task-${index}`;

/** Twenty services: each depends on one before it, and three of four are in one of three groups. */
export const busyConfig = (): SimulatedConfig => ({
  tasks: Object.fromEntries(
    Array.from({ length: TASKS }, (_, index) => [
      name(index),
      {
        command: 'serve',
        restart: 'always',
        ...(index === 0 ? {} : { dependsOn: [name(Math.floor(index / 2))] }),
        ...(index % 4 === 3 ? {} : { group: `group-${index % 3}` }),
      },
    ]),
  ),
  groups: Object.fromEntries(STRATEGIES.map((strategy, index) => [`group-${index}`, { strategy, maxRestarts: 'unlimited' }])),
});

/** Each is killed every one to two hours, no two at the same interval. */
export const busyScript = (): SimulationScript => ({
  for: '24h',
  kill: Object.fromEntries(Array.from({ length: TASKS }, (_, index) => [name(index), `${60 + 3 * index}m`])),
});
