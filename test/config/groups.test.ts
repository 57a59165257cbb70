/** `[[groups]]` of files: what they come to, and how mistakes in them are told. What a group does is the machines'. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { failureOf, folder, loadText, problemOf, problemsOf, write } from './project.ts';

test('a group has the defaults of the design, and one that nobody is in is fine', async () => {
  const { groups, notes } = await loadText(
    '[[groups]]\nname = "backend"\n\n[[groups]]\nname = "x"\nstrategy = "rest_for_one"\nmax_restarts = 3\n',
  );
  assert.deepEqual(
    groups.map(({ definition }) => definition),
    [
      { name: 'backend', strategy: 'one_for_one', restartWindow: 3_600_000 },
      { name: 'x', strategy: 'rest_for_one', maxRestarts: 3, restartWindow: 3_600_000 },
    ],
  );
  assert.deepEqual(
    groups.map(({ source }) => source.line),
    [1, 4],
  );
  assert.deepEqual(notes, []);
});

test('of two files the later one replaces a group whole, and keeps its place', async () => {
  const base = write('base.toml', '[[groups]]\nname = "a"\nmax_restarts = 5\n[[groups]]\nname = "b"\n');
  const over = write('over.toml', '[[groups]]\nname = "c"\n[[groups]]\nname = "a"\nstrategy = "one_for_all"\n');
  const { groups } = await loadConfig({ files: [base, over], env: {}, cwd: folder });
  assert.deepEqual(
    groups.map(({ definition }) => [definition.name, definition.strategy, definition.maxRestarts]),
    [
      ['a', 'one_for_all', undefined],
      ['b', 'one_for_one', undefined],
      ['c', 'one_for_one', undefined],
    ],
  );
  assert.deepEqual(groups[0]?.source, { file: over, line: 3 });
});

test('all mistakes in groups are told at once, each at its place with a hint', async () => {
  const problems = await problemsOf(`[[groups]]
strategy = "one_for_al"

[[groups]]
name = "Backend"
max_restart = 3

[[groups]]
name = "backend"
max_restarts = -1
restart_window = "5 sec"
`);
  assert.deepEqual(
    problems.map(({ line, column, path, message, hint }) => [line, column, path, message, hint]),
    [
      [1, 1, 'groups[0].name', `${NAME}, got nothing`, 'this key is required'],
      [2, 12, 'groups[0].strategy', 'expected one_for_one, one_for_all or rest_for_one, got "one_for_al"', 'did you mean "one_for_all"?'],
      [6, 1, 'groups[1].max_restart', 'unknown key "max_restart"', 'did you mean "max_restarts"?'],
      [
        9,
        8,
        'groups[2].name',
        'expected a name no other group has, whatever its case, got "backend": groups[1] at dirigent.toml:4 has "Backend"',
        'rename one of the two, or remove it',
      ],
      [10, 16, 'groups[2].max_restarts', 'expected a whole number from 0 to 10000, or "unlimited", got -1 (number)', undefined],
      [
        11,
        18,
        'groups[2].restart_window',
        'expected a duration such as 250ms, 10s, 5m, 1h or 1d, got "5 sec"',
        'the units are ms, s, m, h and d; a bare number means milliseconds',
      ],
    ],
  );
});

const NAME = 'expected a name of 1 to 64 letters, digits, dots, underscores and dashes that begins with a letter or digit';

test('a group of two files that differs by case alone is refused', async () => {
  const files = [write('base.toml', '[[groups]]\nname = "Web"\n'), write('over.toml', '[[groups]]\nname = "web"\n')];
  const { problems } = await failureOf(loadConfig({ files, env: {}, cwd: folder }));
  assert.match(problems[0]?.message ?? '', /got "web": groups\[0\] at base\.toml:1 has "Web"/);
});

test('groups that are no list of tables say how they are written', async () => {
  const { path, message, hint } = await problemOf('[groups]\nname = "a"\n');
  assert.deepEqual([path, message, hint], ['groups', 'expected a list of tables, got a table', 'write [[groups]], with two brackets']);
  assert.equal((await problemOf('groups = [5]')).hint, 'write each group as a table that begins with [[groups]]');
});

test('groups and tasks in turns have each the lines of their own headers', async () => {
  const task = (name: string): string => `[[tasks]]\nname = "${name}"\ncommand = "x"\n`;
  const { groups, tasks } = await loadText(`${task('a')}[[groups]]\nname = "g"\n${task('b')}[[groups]]\nname = "h"\n`);
  assert.deepEqual(
    [...groups, ...tasks].map(({ source }) => source.line),
    [4, 9, 1, 6],
  );
});
