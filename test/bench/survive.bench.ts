/**
 * What survives a death. `kill -9` of the host under load, again and again at random moments: each line is there once and in order, each task the process it was,
 * each exit code known. Bar: all of them, 0 bytes lost. `kill -9` of a host at a random step of what it does: the next one opens, nothing runs twice, nothing is
 * forgotten. And the daemons of the peers that are installed, killed once under the same load. `--kills N`, `--step-kills N`, `--seed N`.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newSeed, seeded } from '../rig/random.ts';
import { Programs } from './flood.ts';
import type { BenchOptions } from './main.ts';
import { hostDeath, measureDeaths, type Death, type DeathFigures } from './survive-deaths.ts';
import { installedPeers, missingPeers } from './survive-peer-tools.ts';
import { measurePeer, type PeerFigures } from './survive-peers.ts';
import { measureSteps, type StepFigures } from './survive-steps.ts';

/** How often who dies; `seed` 0: one that nobody chose. */
export const options: BenchOptions = { kills: 100, 'step-kills': 200, seed: 0 };

/** The kinds of death that are measured under load. */
const DEATHS: readonly Death[] = [hostDeath];

/** Kills, and looks at what is left. */
export async function run({ kills = 0, 'step-kills': stepKills = 0, seed = 0 }: BenchOptions): Promise<Record<string, unknown>> {
  const chosen = seed === 0 ? newSeed() : seed;
  console.log(`seed ${chosen}`);
  const dir = mkdtempSync(join(tmpdir(), 'dirigent-bench-'));
  try {
    mkdirSync(join(dir, 'c'));
    const program = new Programs(join(dir, 'c')).at('numbered');
    const deaths: Record<string, DeathFigures> = {};
    printRow('who is killed', ['times', 'tasks alive', 'lines', 'lost', 'twice', 'torn', 'exit codes']);
    for (const [index, death] of DEATHS.entries()) {
      const figures = await measureDeaths(death, kills, join(dir, `death-${index}`), program, seeded(chosen + index));
      deaths[death.name] = figures;
      printDeath(death, figures);
    }
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

const printRow = (name: string, cells: readonly (string | number)[]): void =>
  console.log(name.padEnd(24), ...cells.map((cell) => String(cell).padStart(12)));

function printDeath({ name }: Death, { deaths, alive, tasks, captured, exitCodesRight, exitCodes, backMs, lostBytes }: DeathFigures): void {
  const { lines, missing, repeated, torn } = captured;
  printRow(name, [deaths, `${alive} of ${tasks}`, lines, missing, repeated, torn, `${exitCodesRight} of ${exitCodes}`]);
  console.log(`  ${lostBytes} bytes lost; the next host has its tasks ${backMs} ms later, its own start included (median)`);
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
