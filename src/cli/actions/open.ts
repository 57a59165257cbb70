/** `dirigent open`: a way for a browser on this machine to the daemon of a project, until it is told to end. Shows nothing itself. */
import { setTimeout as delay } from 'node:timers/promises';
import { openBridge, type RemoteRunner } from '../../http/index.ts';
import { TaskError } from '../../index.ts';
import { forgetAddress, openInBrowser } from '../browser.ts';
import { findDaemon, withDaemon } from '../daemon/client.ts';
import { exitCodeOfSignal } from '../exit-code.ts';
import { StopSignals } from '../foreground/stop-signals.ts';
import type { Cli } from '../host.ts';
import { loadProject, type Project } from '../project.ts';

/** Options of `open`. */
export interface OpenOptions {
  readonly browser: boolean;
  readonly port?: number;
  readonly json?: true;
}

/** How often, and after what rest, it is looked whether another daemon has come in place of one that ended: as one that takes over does. */
const LOOKS = 12;
const REST_MS = 250;

/** Prints the address, opens it, and stays. */
export async function open(cli: Cli, { browser, port = 0, json }: OpenOptions): Promise<number> {
  if (port > 65_535) throw new TaskError('ARGUMENT_INVALID', `--port: expected at most 65535, got ${port}`);
  const project = await loadProject(cli);
  const { paths } = project;
  return withDaemon(cli, project, async (daemon) => {
    const signals = new StopSignals();
    const bridge = await openBridge({ dataDir: paths.dataDir, port });
    const enough = new AbortController();
    try {
      const url = bridge.ticketUrl();
      cli.out.writeLine(json === true ? JSON.stringify({ url }) : url);
      if (browser) openInBrowser(cli, bridge.ticketUrl(), paths.runDir());
      await Promise.race([signals.first, daemonGone(project, daemon, enough.signal)]);
      if (signals.received === null) cli.err.writeLine('dirigent: the daemon has ended, and the page with it');
      return signals.received === null ? 0 : exitCodeOfSignal(signals.received);
    } finally {
      enough.abort();
      signals.dispose();
      forgetAddress(paths.runDir());
      await bridge.close();
    }
  });
}

/** Resolves when the daemon has ended, and no other one has come in its place. One that was killed has not ended: its service manager may know better. */
async function daemonGone(project: Project, daemon: RemoteRunner, signal: AbortSignal): Promise<void> {
  try {
    do {
      for await (const _ of daemon.events({ signal })); // until it ends
    } while (await isReplaced(project, signal));
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function isReplaced(project: Project, signal: AbortSignal): Promise<boolean> {
  for (let look = 0; look < LOOKS; look += 1) {
    await delay(REST_MS, undefined, { signal });
    const other = await findDaemon(project);
    await other?.close();
    if (other !== undefined) return true;
  }
  return false;
}
