/** A command line from its arguments to its exit code. Decides nothing, and never cuts off output that is still being written. */
import { CommanderError } from 'commander';
import { leaveGoneTerminals } from './gone-terminal.ts';
import { Host } from './host.ts';
import { createProgram } from './program.ts';
import { findVerb } from './verbs.ts';

/** Exit code of a command line that is not understood. */
const USAGE_EXIT_CODE = 2;

/** Runs it in this process, whose exit code it sets. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  const host = new Host({ stdout: process.stdout, stderr: process.stderr, env: process.env, cwd: process.cwd() });
  try {
    const verb = findVerb(argv.slice(2));
    const program = await createProgram(host, verb && [verb]);
    await program.parseAsync(argv);
  } catch (error) {
    // Help and version are told this way too, with 0. The message of a usage error is on stderr already.
    if (error instanceof CommanderError) host.exitCode = error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
    else await host.fail(error);
  }
  process.exitCode = host.exitCode;
  leaveGoneTerminals();
  // Otherwise it ends by itself, once a pipe to a slow reader is written.
  if (host.isHurried) process.exit();
}
