/** Daemons of a project as real processes, and connections to them. Ends what it started, also where a test failed. */
import { chmodSync, mkdirSync } from 'node:fs';
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

/** A service manager, as far as the command systemd-notify is one: what it was told. Another exit code makes the command fail. */
export class Manager {
  readonly env: NodeJS.ProcessEnv;
  readonly #project: Project;

  constructor(project: Project, exitCode = 0) {
    this.#project = project;
    const bin = join(project.dir, 'bin');
    mkdirSync(bin);
    const command = `#!/bin/sh\n[ "$NOTIFY_SOCKET" = /run/manager ] && echo "$*" >> "${project.dir}/said"\nexit ${exitCode}\n`;
    chmodSync(project.write('bin/systemd-notify', command), 0o700);
    this.env = { NOTIFY_SOCKET: '/run/manager', PATH: `${bin}:${process.env['PATH']}` };
  }

  /** The arguments of each call. */
  said(): string[] {
    return this.#project.read('said').trim().split('\n');
  }
}

/** The data directory that a project's configuration names. */
export const dataDirOf = (project: Project): string => join(project.dir, 'data');

/** Connects to the daemon of a project; ended after the test. */
export async function connectTo(t: TestContext, project: Project): Promise<RemoteRunner> {
  const daemon = await connect({ dataDir: dataDirOf(project) });
  atEnd(t, () => daemon.close());
  return daemon;
}
