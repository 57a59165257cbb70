/** Whether a project can work on this machine, and who works in it: one finding a check, with what to do. Starts, locks, makes and changes nothing. */
import type { LoadedConfig } from './config/loaded.ts';
import { checkDataDir } from './doctor/data-dir.ts';
import type { Finding } from './doctor/finding.ts';
import { checkHolders } from './doctor/holders.ts';
import { checkMachine, thisMachine, type Machine } from './doctor/machine.ts';
import { DirigentPaths } from './paths.ts';

/** What is looked at. */
export interface DiagnoseOptions {
  /** The data directory; null: there is none to go by, and the machine alone is looked at. */
  readonly dataDir: string | null;
  /** What tasks ask of the machine. */
  readonly config: Pick<LoadedConfig, 'tasks'>;
  /** @defaultValue that of this process */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Looks at the machine, at the data directory, and at who works in it. A check that finds nothing to say is left out. Never rejects for what it finds.
 * @param machine stands for this machine in tests
 */
export async function diagnose(
  { dataDir, config, env = process.env }: DiagnoseOptions,
  machine: Machine = thisMachine(env),
): Promise<Finding[]> {
  const tasks = config.tasks.map(({ definition }) => definition);
  const findings = checkMachine(machine, tasks);
  if (dataDir === null || machine.platform !== 'linux') return findings;
  const paths = new DirigentPaths(dataDir);
  const inside = checkDataDir(paths, machine);
  findings.push(...inside);
  // Of one that is not ours alone nothing is believed.
  if (!inside.some(({ check, health }) => check === 'data directory' && health === 'fail'))
    findings.push(...(await checkHolders(paths, machine)));
  return findings;
}
