/** What may stand at the cursor, for every kind of definition there can be: a small program that has them all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Argument, Option } from 'commander';
import { CliCommand } from '../../src/cli/command.ts';
import { expectedWord, type Expected } from '../../src/cli/completion/expected-word.ts';

function createProgram(): CliCommand {
  const program = new CliCommand('dirigent');
  program
    .command('act')
    .alias('do')
    .argument('<task>', 'one')
    .addArgument(new Argument('[signal]', 'which').choices(['HUP', 'INT']))
    .argument('[file...]', 'some')
    .option('-g, --group <group>', 'of it')
    .option('--maybe [dir]', 'there')
    .option('--flag', 'alone')
    .addOption(new Option('--secret <file>', 'not shown').hideHelp());
  program.command('list').argument('<thing>', 'one');
  return program;
}

const expected = (...words: string[]): Expected => expectedWord(createProgram(), words, ['act', 'list']);
const sought = (...words: string[]): Expected['sought'] => expected(...words).sought;

test('arguments come in their order, and the last one again and again where it is several', () => {
  assert.deepEqual(sought('act', ''), { kind: 'tasks' });
  assert.deepEqual(sought('do', 'web', ''), { kind: 'words', words: ['HUP', 'INT'] });
  for (const more of [[], ['a'], ['a', 'b']]) assert.deepEqual(sought('act', 'web', 'HUP', ...more, ''), { kind: 'files' });
  assert.deepEqual(sought('list', ''), { kind: 'words', words: [] });
  assert.deepEqual(sought('list', 'x', ''), { kind: 'words', words: [] });
});

test('the value of an option is what its placeholder names, and is no argument', () => {
  assert.deepEqual(sought('act', '--group', ''), { kind: 'groups' });
  assert.deepEqual(sought('act', '-g', ''), { kind: 'groups' });
  assert.deepEqual(sought('act', '--maybe', ''), { kind: 'dirs' });
  assert.deepEqual(sought('act', '--group', 'g', ''), { kind: 'tasks' });
  assert.deepEqual(sought('act', '--group=g', '--flag', ''), { kind: 'tasks' });
  const { lead, begun, sought: values } = expected('act', '--group=da');
  assert.deepEqual([lead, begun, values], ['--group=', 'da', { kind: 'groups' }]);
});

test('options that are hidden are not offered, and none is after two dashes', () => {
  const options = sought('act', '-');
  assert.ok(options.kind === 'words');
  assert.ok(options.words.includes('--group') && options.words.includes('--config'), options.words.join(' '));
  assert.ok(!options.words.includes('--secret'));
  assert.deepEqual(sought('act', '--', '-'), { kind: 'tasks' });
  assert.deepEqual(sought('act', '--', '--group', ''), { kind: 'words', words: ['HUP', 'INT'] });
});

test('which project is meant is told by the words before the cursor, wherever they stand', () => {
  const { config, dataDir } = expected('--config', 'a.toml', 'act', '--config=b.toml', '--data-dir', 'there', '');
  assert.deepEqual([config, dataDir], [['a.toml', 'b.toml'], 'there']);
});
