/**
 * A reporter of node:test that prints nothing: when a file's tests have ended it writes what became of them to the file
 * named by a variable. A process that ends early writes no such file, and that is how its runner knows.
 */
import { writeFileSync } from 'node:fs';

/** Names the file to write. */
export const RESULT_FILE_VARIABLE = 'TEST_RESULT_FILE';

/** What became of the tests of one file. Suites and tests that have subtests are counted by what is in them. */
export interface FileResult {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Warnings of the main thread; those about Node's own experiments are none of ours. */
  readonly warnings: readonly string[];
}

interface TestEvent {
  readonly type: string;
  readonly data: {
    readonly nesting?: number;
    readonly skip?: string | boolean;
    readonly todo?: string | boolean;
    readonly details?: { readonly type?: string; readonly error?: { readonly failureType?: string } };
  };
}

/** Counts events as they come; a parent's comes after its children's. */
// node:test loads a reporter from its default export.
// oxlint-disable-next-line require-yield -- it prints nothing
export default async function* count(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const warnings: string[] = [];
  process.on('warning', ({ name, message }) => {
    if (name !== 'ExperimentalWarning') warnings.push(`${name}: ${message}`);
  });
  const counts = { passed: 0, failed: 0, skipped: 0 };
  let childNesting = 0;
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const nesting = data.nesting ?? 0;
    const isParent = childNesting > nesting || data.details?.type === 'suite';
    childNesting = nesting;
    const outcome = outcomeOf(type, data, isParent);
    if (outcome !== undefined) counts[outcome] += 1;
  }
  const file = process.env[RESULT_FILE_VARIABLE];
  if (file === undefined) throw new Error(`expected the name of a file in ${RESULT_FILE_VARIABLE}`);
  writeFileSync(file, JSON.stringify({ ...counts, warnings } satisfies FileResult));
}

function outcomeOf(
  type: string,
  { skip, todo, details }: TestEvent['data'],
  isParent: boolean,
): keyof Omit<FileResult, 'warnings'> | undefined {
  // A parent that fails because a child did is that child's failure; a hook or an assertion of its own counts.
  if (isParent && (type === 'test:pass' || details?.error?.failureType === 'subtestsFailed')) return undefined;
  if (isSet(skip)) return 'skipped';
  if (type === 'test:pass') return 'passed';
  return isSet(todo) ? 'skipped' : 'failed';
}

// Node.js says `true`, a reason, or, where there is none, an empty string.
const isSet = (mark: string | boolean | undefined): boolean => mark !== undefined && mark !== false;
