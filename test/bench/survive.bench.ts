/**
 * What survives a death. `kill -9` of the host under load, again and again at random moments: each line is there once and in order, each task the process it was,
 * each exit code known. Bar: all of them, 0 bytes lost. The same for the shim, where each log says what may be missing and nothing else is, and for faults in the log worker. `kill -9` of a host at a random step of what it does: the next one opens, nothing runs twice, nothing is
 * forgotten. And the daemons of the peers that are installed, killed once under the same load. `--kills N`, `--shim-kills N`, `--worker-deaths N`,
 * `--step-kills N`, `--seed N`.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newSeed, seeded } from '../rig/random.ts';
import { Programs } from './flood.ts';
import type { BenchOptions } from './main.ts';
import { measureDeaths, type DeathFigures } from './survive-deaths.ts';
import { hostDeath, shimDeath, workerDeath, type Death } from './survive-kinds.ts';
import { installedPeers, missingPeers } from './survive-peer-tools.ts';
import { measurePeer, type PeerFigures } from './survive-peers.ts';
import { measureSteps, type StepFigures } from './survive-steps.ts';

/** How often who dies; `seed` 0: one that nobody chose. */
export const options: BenchOptions = { kills: 100, 'shim-kills': 50, 'worker-deaths': 50, 'step-kills': 200, seed: 0 };

/** Kills, and looks at what is left. */
export async function run(asked: BenchOptions): Promise<Record<string, unknown>> {
  const { seed = 0, 'step-kills': stepKills = 0 } = asked;
  const chosen = seed === 0 ? newSeed() : seed;
  console.log(`seed ${chosen}`);
  const dir = mkdtempSync(join(tmpdir(), 'dirigent-bench-'));
  try {
    mkdirSync(join(dir, 'c'));
    const program = new Programs(join(dir, 'c')).at('numbered');
    const deaths = await killUnderLoad(asked, dir, program, chosen);
    const peers = [];
    for (const [index, make] of installedPeers().entries()) peers.push(await measurePeer(make, join(dir, `peer-${index}`), program));
    for (const figures of peers) printPeer(figures);
    if (missingPeers().length > 0) console.log(`not installed: ${missingPeers().join('; ')}`);
    const steps = await measureSteps(stepKills, join(dir, 'steps'), program, seeded(chosen));
    printSteps(steps);
    const met = steps.met && Object.values(deaths).every((figures) => figures.met);
    return { seed: chosen, deaths, steps, peers, missing: missingPeers(), met };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Has each kind of death happen under a load of its own. */
async function killUnderLoad(asked: BenchOptions, dir: string, program: string, seed: number): Promise<Record<string, DeathFigures>> {
  const kinds: readonly (readonly [Death, number | undefined])[] = [
    [hostDeath, asked['kills']],
    [shimDeath, asked['shim-kills']],
    [workerDeath(join(dir, 'mortal')), asked['worker-deaths']],
  ];
  const found: Record<string, DeathFigures> = {};
  printRow('who is killed', ['times', 'tasks alive', 'lines', 'lost', 'twice', 'torn', 'exit codes']);
  for (const [index, [death, times = 0]] of kinds.entries()) {
    if (times === 0) continue;
    const figures = await measureDeaths(death, times, join(dir, `death-${index}`), program, seeded(seed + index));
    found[death.name] = figures;
    printDeath(death, figures);
  }
  return found;
}

const printRow = (name: string, cells: readonly (string | number)[]): void =>
  console.log(name.padEnd(24), ...cells.map((cell) => String(cell).padStart(12)));

function printDeath({ name, next, leavesSeams }: Death, figures: DeathFigures): void {
  const { deaths, alive, tasks, exitCodesRight, exitCodesLost, exitCodes, backMs } = figures;
  const { lines, missing, repeated, torn, lostBytes, seams, unmarked, wrongLogs } = figures.captured;
  printRow(name, [deaths, `${alive} of ${tasks}`, lines, missing, repeated, torn, `${exitCodesRight} of ${exitCodes}`]);
  console.log(`  ${lostBytes} bytes lost; ${next} ${backMs} ms later (median)`);
  if (leavesSeams)
    console.log(`  ${seams} seams in what was written; elsewhere missing: ${unmarked}; logs with another number of seams: ${wrongLogs}`);
  if (exitCodesLost > 0) console.log(`  ${exitCodesLost} exit codes that nobody can know`);
}

function printPeer({ name, alive, tasks, captured, exitCodesKnown, orphans, startedAnew }: PeerFigures): void {
  const { lines, missing, repeated, torn } = captured;
  printRow(name, [1, `${alive} of ${tasks}`, lines, missing, repeated, torn, `${exitCodesKnown} of ${tasks - alive}`]);
  console.log(`  started anew: ${startedAnew}; left running and unknown to it: ${orphans}`);
}

function printSteps({ kills, steps, whileOpening, problems, captured }: StepFigures): void {
  const { lines, missing, repeated, torn } = captured;
  const lost = `${lines} lines, ${missing} lost, ${repeated} twice, ${torn} torn`;
  console.log(`killed at ${kills} random steps of ${steps}, ${whileOpening} of them while it opened: ${problems.length} problems; ${lost}`);
  for (const problem of problems) console.log(`  ${problem}`);
}
