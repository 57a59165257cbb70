/**
 * Who is left after a stop: four services that hide processes in four ways, stopped by us and by each peer that is
 * installed, and counted 500 ms after the tool said that it is done. Bar: nobody, by us. Every process is ended by pid.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { SERVICES, SERVICE_NAMES } from '../rig/escapes.ts';
import { endMarked, markedSleepers } from './marked-processes.ts';
import { contestants, missing, type Contestant, type Service } from './stoppers.ts';

/** Processes of each service that run `sleep` once it is up; the rest are shells. */
const SLEEPERS: Readonly<Record<(typeof SERVICE_NAMES)[number], number>> = { A: 1, B: 2, C: 2, D: 2 };
const UP_TIMEOUT_MS = 10_000;
const SETTLE_MS = 500;

/** Stops the four services by everyone. */
export async function run(): Promise<Record<string, unknown>> {
  const dir = mkdtempSync(join(tmpdir(), 'dirigent-bench-'));
  const survivors: Record<string, Record<string, number | string>> = {};
  try {
    for (const contestant of await contestants(dir)) {
      const row: Record<string, number | string> = {};
      for (const name of SERVICE_NAMES) row[name] = await stopOne(contestant, name, dir);
      survivors[contestant.name] = row;
      console.log(`${contestant.name.padEnd(36)} ${SERVICE_NAMES.map((name) => `${name}: ${row[name]}`).join('   ')}`);
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  for (const name of SERVICE_NAMES) console.log(`${name}: ${SERVICES[name].title}`);
  const absent = missing();
  if (absent.length > 0) console.log(`not installed: ${absent.join('; ')}`);
  const ours = Object.values(survivors['dirigent'] ?? { none: 'not run' });
  return { survivors, missing: absent, met: ours.every((left) => left === 0) };
}

/** How many processes are left, or what went wrong. */
async function stopOne(contestant: Contestant, name: (typeof SERVICE_NAMES)[number], dir: string): Promise<number | string> {
  const mark = `${process.pid}-${contestant.name.replaceAll(/\W/g, '-')}-${name}`;
  const file = join(dir, `${mark}.sh`);
  writeFileSync(file, `#!/bin/sh\nexport SURVIVORS_MARK=${mark}\n${SERVICES[name].line(':')}\n`, { mode: 0o755 });
  const service: Service = { name, file };
  try {
    const stop = await contestant.start(service);
    await whenUp(mark, SLEEPERS[name]);
    const note = await stop();
    await wait(SETTLE_MS);
    const left = markedSleepers(mark).length;
    return note === undefined ? left : `${left} (${note})`;
  } catch (error) {
    return `failed: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    await endMarked(mark);
    await contestant.cleanUp?.(service);
  }
}

async function whenUp(mark: string, count: number): Promise<void> {
  for (let waitedMs = 0; markedSleepers(mark).length < count; waitedMs += 20) {
    if (waitedMs > UP_TIMEOUT_MS) throw new Error(`not up within ${UP_TIMEOUT_MS / 1_000} s`);
    await wait(20);
  }
  await wait(200); // a shell that is still to exit, as a daemon's parents do
}
