/** `dirigent open`: a way for a browser on this machine to the daemon of a project, until it is told to end. Shows nothing itself. */
import { openBridge } from '../../http/index.ts';
import { TaskError } from '../../index.ts';
import { forgetAddress, openInBrowser } from '../browser.ts';
import { withDaemon } from '../daemon/client.ts';
import { exitCodeOfSignal } from '../exit-code.ts';
import { StopSignals } from '../foreground/stop-signals.ts';
import type { Cli } from '../host.ts';
import { loadProject } from '../project.ts';

/** Options of `open`. */
export interface OpenOptions {
  readonly browser: boolean;
  readonly port?: number;
  readonly json?: true;
}

/** Prints the address, opens it, and stays. */
export async function open(cli: Cli, { browser, port = 0, json }: OpenOptions): Promise<number> {
  if (port > 65_535) throw new TaskError('ARGUMENT_INVALID', `--port: expected at most 65535, got ${port}`);
  const project = await loadProject(cli);
  const { dataDir } = project.paths;
  await withDaemon(cli, project, () => undefined); // there is one
  const bridge = await openBridge({ dataDir, port });
  const signals = new StopSignals();
  try {
    const url = bridge.ticketUrl();
    cli.out.writeLine(json === true ? JSON.stringify({ url }) : url);
    if (browser) openInBrowser(cli, bridge.ticketUrl(), project.paths.runDir());
    await Promise.race([signals.first, bridge.daemonGone()]);
    if (signals.received !== null) return exitCodeOfSignal(signals.received);
    cli.err.writeLine('dirigent: the daemon has ended, and the page with it');
    return 0;
  } finally {
    signals.dispose();
    forgetAddress(project.paths.runDir());
    await bridge.close();
  }
}
