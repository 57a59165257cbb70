/** What is said when a command fails: one clear message, and for a fault of ours a request to report it. Nothing here prints. */
import { packageVersion } from '../config/version.ts';
import { TaskError } from '../errors.ts';

/** An error as people read it. The stack, and those of its causes, only when `verbose`. */
export function describeError(error: unknown, verbose: boolean): string {
  const message = error instanceof Error ? error.message : String(error);
  const stack = verbose ? stacksOf(error) : '';
  if (TaskError.is(error) && error.code !== 'INTERNAL') return `dirigent: ${message}${stack}`;
  const advice = verbose ? '' : '; run it again with --verbose for the details';
  return `dirigent: internal error: ${message}\nThis is a fault of dirigent ${packageVersion()} (Node.js ${process.version}), please report it${advice}.${stack}`;
}

function stacksOf(error: unknown): string {
  const stacks: string[] = [];
  for (let each: unknown = error; each instanceof Error && stacks.length < 10; each = each.cause) stacks.push(each.stack ?? each.message);
  return stacks.map((stack) => `\n${stack}`).join('\ncaused by:');
}
