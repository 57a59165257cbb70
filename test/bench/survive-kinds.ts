/** The kinds of death of the benchmark `survive`: who dies, how that is brought about, and what it may cost. Looks at nothing that is left. */
import { join } from 'node:path';
import { changeCopy, copyMortal } from '../rig/mortal-worker.ts';
import type { BenchHost } from './host.ts';

/** Who dies, and what that may cost. */
export interface Death {
  readonly name: string;
  /** Who is there again afterwards. */
  readonly next: string;
  /** The library whose runner it happens to; ours, where there is none. */
  readonly library?: string;
  /** Each death leaves a seam in each log, at which one read of a stream may be missing. Otherwise there is none, and nothing is missing. */
  readonly leavesSeams: boolean;
  /** Of what ran then, nobody can know the exit code. */
  readonly losesExitCodes: boolean;
  /** Brings it about, at once; resolves with a host that works, which may be another one. */
  strike(host: BenchHost, open: () => Promise<BenchHost>): Promise<BenchHost>;
}

/** `kill -9` of the process with the runner. */
export const hostDeath: Death = {
  name: 'kill -9 of the host',
  next: 'the next host has its tasks, its own start included,',
  leavesSeams: false,
  losesExitCodes: false,
  async strike(host, open) {
    await host.kill();
    return open();
  },
};

/** `kill -9` of the companion process. The host lives on. */
export const shimDeath: Death = {
  name: 'kill -9 of the shim',
  next: 'the next shim reads every stream',
  leavesSeams: true,
  losesExitCodes: true,
  async strike(host) {
    await host.ask('killShim');
    return host;
  },
};

/** A fault in the thread that captures, in the middle of a piece: of a copy of the library in `dir`, whose thread may die as often as one likes. */
export function workerDeath(dir: string): Death {
  const { entry, worker } = copyMortal(dir);
  changeCopy(join(dir, 'dist/src/shim/log-worker.js'), 'MAX_DEATHS = 5;', 'MAX_DEATHS = Infinity;');
  return {
    name: 'fault in the log worker',
    next: 'the next log worker is started, from when the fault was put in its way,',
    library: entry,
    leavesSeams: false,
    losesExitCodes: false,
    async strike(host) {
      await worker.die('fault');
      await host.ask('workerDied');
      return host;
    },
  };
}
