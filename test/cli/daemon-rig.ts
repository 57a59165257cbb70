/** Daemons of a project as real processes, and connections to them. Ends what it started, also where a test failed. */
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { connect, type RemoteRunner } from '../../src/http/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import type { Project, Running } from './rig.ts';

/** Says that a daemon listens, with its process. */
export const SERVES = /dirigent: process (\d+) serves/;

/** Starts `dirigent serve`, and resolves when it listens; it is told to end after the test. */
export async function startDaemon(
  t: TestContext,
  project: Project,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Running> {
  const daemon = project.start(['serve', ...args], env);
  atEnd(t, async () => {
    daemon.child.kill('SIGTERM');
    await daemon.ended;
  });
  await daemon.until('stderr', SERVES);
  return daemon;
}

/** The data directory that a project's configuration names. */
export const dataDirOf = (project: Project): string => join(project.dir, 'data');

/** Connects to the daemon of a project; ended after the test. */
export async function connectTo(t: TestContext, project: Project): Promise<RemoteRunner> {
  const daemon = await connect({ dataDir: dataDirOf(project) });
  atEnd(t, () => daemon.close());
  return daemon;
}
