/** Tables of processes that never were, for tests of what is read from a table. Asks the system nothing. */
import type { ProcessStat } from '../../src/util/process-stat.ts';
import type { ProcessTable } from '../../src/util/process-table.ts';

/** A process of a planted table; what is left out is that of a process which leads a session, named after its pid. */
export interface PlantedProcess extends Partial<ProcessStat> {
  readonly pid: number;
  /** The run whose variable it carries. */
  readonly run?: string;
}

/** A table of these processes; `asked` takes note of whose environment was read. */
export function plantTable(processes: readonly PlantedProcess[], asked: number[] = []): ProcessTable {
  const runs = new Map(processes.map(({ pid, run }) => [pid, run]));
  return {
    processes: new Map(processes.map((planted) => [planted.pid, toStat(planted)])),
    runOf: ({ pid }) => {
      asked.push(pid);
      return runs.get(pid);
    },
  };
}

function toStat({ run: _run, ...planted }: PlantedProcess): ProcessStat {
  const { pid } = planted;
  return { name: `p${pid}`, state: 'S', parent: 1, group: pid, session: pid, startTime: '7', cpuTicks: 0, isDead: false, ...planted };
}
