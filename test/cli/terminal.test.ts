/** What a terminal gets that a pipe does not: colour, and protection from what tasks print. A real pseudo-terminal, by script(1). */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { MAIN, Project, Running, shellTask } from './rig.ts';

const hasScript = spawnSync('script', ['--version']).status === 0;
const ESC = '\u001b';

/** Runs the command on a terminal; its two streams come as one. */
async function onTerminal(project: Project, command: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const child = project.spawn('script', ['-qec', `stty cols 60; exec "${process.execPath}" "${MAIN}" ${command}`, '/dev/null'], env);
  return (await new Running(child).ended).stdout.replaceAll('\r\n', '\n');
}

suite('on a terminal', { skip: hasScript ? false : 'script(1) is not installed' }, () => {
  const evil = shellTask('evil', String.raw`printf '\033]0;title\007\033[31mred\033[2J\033[6n\302\233\n'; echo err >&2`);

  test('control sequences of a task are shown, not obeyed; its colours stay, and end with the line', async (t) => {
    const project = new Project(t, evil);
    const expected = `^[]0;title^G${ESC}[31mred^[[2J^[[6n\\u009b${ESC}[0m\n`;
    assert.ok((await onTerminal(project, 'up')).includes(expected));
    assert.ok((await onTerminal(project, 'logs evil')).includes(expected));
    const piped = await project.run(['up', '--no-prefix']);
    assert.match(piped.stdout, new RegExp(`^${ESC}\\]0;title\u0007${ESC}\\[31mred${ESC}\\[2J`, 'm'));
  });

  test('names are coloured and stderr has a red mark, unless NO_COLOR or --no-color says no', async (t) => {
    const project = new Project(t, shellTask('a', 'echo out; echo err >&2'));
    const colored = await onTerminal(project, 'up');
    assert.match(colored, new RegExp(`${ESC}\\[\\d+ma${ESC}\\[39m \\| out\n`));
    assert.ok(colored.includes(` ${ESC}[31m|${ESC}[39m err\n`), colored);
    for (const plain of [
      await onTerminal(project, 'up --no-color'),
      await onTerminal(project, '--no-color up'),
      await onTerminal(project, 'up', { NO_COLOR: '1' }),
      await onTerminal(project, 'ps', { TERM: 'dumb' }),
    ]) {
      assert.ok(!plain.includes(ESC), plain);
    }
  });

  test('the table of ps fits the width', async (t) => {
    const project = new Project(t, `[[tasks]]\nname = "a"\ncommand = "${'long-'.repeat(30)}"\n`);
    await project.run(['up']);
    const lines = (await onTerminal(project, 'ps --no-color')).trimEnd().split('\n');
    assert.ok(
      lines.every((line) => line.length <= 60),
      lines.join('\n'),
    );
    assert.match(lines[1] ?? '', /^a +failed .*…$/);
  });

  test('Ctrl-C stops the tasks and ends with 130', async (t) => {
    const project = new Project(t, shellTask('server', 'echo up; exec sleep 1000'));
    // No shell stays between: what it does about the same Ctrl-C is another for each shell.
    const child = project.spawn('script', ['-qec', `exec "${process.execPath}" "${MAIN}" up --no-color`, '/dev/null']);
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      if (!text.includes('server | up') && (text + chunk).includes('server | up')) child.stdin.write('\u0003');
      text += chunk;
    });
    const [exitCode] = (await once(child, 'close')) as [number | null];
    assert.match(text, /dirigent: SIGINT: stopping server \(Ctrl-C again kills\)\r\nserver \* stopped\r\n$/);
    assert.equal(exitCode, 130);
  });
});
