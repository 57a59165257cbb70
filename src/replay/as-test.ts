/** A recording as a test file, which holds that the machines go on doing what they did. Only text is made here. */

/** What is pinned of an actor. */
interface Pinned {
  readonly actor: string;
}

/**
 * The text of a test for `node --test`, in JavaScript and TypeScript alike. It fails while a machine does something else than was recorded, and
 * shows the step.
 * @param title what the test is called
 */
export function toReplayTest(text: string, title: string, actors: readonly Pinned[]): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return [
    `/** Holds that the machines of tasks do what they did in ${title.replaceAll('*/', '* /')}. Written by \`dirigent replay --as-test\`. */`,
    "import assert from 'node:assert/strict';",
    "import { test } from 'node:test';",
    "import { replayRecording } from 'dirigent-taskrunner';",
    '',
    'const recording = [',
    ...lines.map((line) => `  ${JSON.stringify(line)},`),
    "].join('\\n');",
    '',
    `test(${JSON.stringify(`the machines do what they did in ${title}`)}, () => {`,
    `  const { actors } = replayRecording(recording, ${JSON.stringify(title)});`,
    '  assert.deepEqual(',
    '    actors.flatMap(({ actor, difference }) => (difference === null ? [] : [{ actor, ...difference }])),',
    '    [],',
    '  );',
    `  assert.deepEqual(actors.map(({ actor }) => actor), ${JSON.stringify(actors.map(({ actor }) => actor))});`,
    '});',
    '',
  ].join('\n');
}
