/** The command line itself: help, settings and their order, what is refused and how. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Project, shellTask } from './rig.ts';

const COMMANDS = `Run:
  up [task...]                starts tasks and shows their output
  serve                       is the daemon of a project
  down                        ends the daemon and its tasks
  run <task> [args...]        runs one task in the foreground
  start [task...]             starts tasks
  stop [task...]              stops tasks
  restart [task...]           stops tasks and starts them
  kill [task...]              sends a signal to tasks
  wait [task...]              waits until something holds of tasks

Look:
  ps|list [task...]           lists tasks and how they are
  logs [task...]              prints what tasks wrote
  inspect <task>              shows one task whole
  runs <task>                 lists the past runs of a task
  events [task...]            prints what happened to tasks
  open                        shows the tasks in a browser

Change:
  create <task> <command...>  defines a task
  update <task> [command...]  changes the definition of a task
  remove [task...]            forgets tasks
  reload                      has the daemon take over a changed configuration

Understand:
  why <task>                  tells why a task is in its state
  graph                       prints which task waits for which
  machine [machine]           prints the statechart of a task
  record <task>               writes what the machine of a task did
  replay <file>               drives the machines of today through a recording
  simulate                    plays the configuration in virtual time

Project:
  config                      checks and explains the configuration
  import <file>               makes a dirigent.toml of a Procfile, or of pm2
  service                     has systemd run the daemon
  doctor                      checks the machine and the data directory
  completion <shell>          prints a script that completes words in a shell
  help [command]              shows the help of a command
`;

test('alone, with --help and as help it shows the commands, the variables and the exit codes, and ends with 0', async (t) => {
  const project = new Project(t);
  for (const args of [[], ['--help'], ['-h'], ['help'], ['--no-color']]) {
    const { code, stdout, stderr } = await project.run(args);
    assert.deepEqual([code, stderr], [0, ''], args.join(' '));
    assert.ok(stdout.includes(COMMANDS), stdout);
    for (const word of ['DIRIGENT_CONFIG', 'NO_COLOR', 'Exit codes:', '--data-dir <dir>', 'Examples:'])
      assert.ok(stdout.includes(word), word);
  }
});

test('every command has help with an example and the global options', async (t) => {
  const project = new Project(t);
  for (const name of [
    'up',
    'ps',
    'logs',
    'runs',
    'open',
    'config',
    'config check',
    'config show',
    'config schema',
    'graph',
    'machine',
    'simulate',
    'import',
    'service',
    'service install',
    'service uninstall',
    'doctor',
    'completion',
  ]) {
    const { code, stdout } = await project.run([...name.split(' '), '--help']);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^Usage: dirigent ${name}[^]*Global options:[^]*--config[^]*Examples:\n  dirigent `), name);
  }
});

test('--version prints the version, before a command and after it', async (t) => {
  const project = new Project(t);
  for (const args of [['--version'], ['-V'], ['ps', '--version']]) {
    const { code, stdout } = await project.run(args);
    assert.equal(code, 0);
    assert.match(stdout, /^\d+\.\d+\.\d+\S*\n$/);
  }
});

test('what is not understood ends with 2 and one line, with the nearest command', async (t) => {
  const project = new Project(t, shellTask('a', 'true'));
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['losg'], /^dirigent: unknown command 'losg'; did you mean logs\?\n$/],
    [['frobnicate'], /^dirigent: unknown command 'frobnicate'\n$/],
    [['ps', '--jsn'], /^dirigent: unknown option '--jsn'; did you mean --json\?\n$/],
    [['runs'], /^dirigent: missing required argument 'task'\n$/],
    [['config', 'chek'], /^dirigent: unknown command 'chek'; did you mean check\?\n$/],
    [['config', 'check', 'more'], /^dirigent: too many arguments/],
    [['ps', '--config'], /^dirigent: option '--config <file>' argument missing\n$/],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await project.run(args);
    assert.deepEqual([code, stdout], [2, ''], args.join(' '));
    assert.match(stderr, message);
  }
  const { code, stderr } = await project.run(['ps'], { DIRIGENT_VERBOSE: 'maybe' });
  assert.equal(code, 2);
  assert.equal(stderr, 'dirigent: DIRIGENT_VERBOSE: expected 1 or 0, got "maybe"\n');
});

test('a flag wins over its variable, a variable over the file', async (t) => {
  const project = new Project(t, shellTask('a', 'true'));
  project.write('other.toml', shellTask('b', 'true'));
  project.write('third.toml', shellTask('c', 'true'));
  const names = async (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string[]> => {
    const { stdout } = await project.run([...args, '--json'], env);
    return (JSON.parse(stdout) as { tasks: { definition: { name: string } }[] }).tasks.map(({ definition }) => definition.name);
  };
  assert.deepEqual(await names(['ps']), ['a']);
  assert.deepEqual(await names(['ps'], { DIRIGENT_CONFIG: 'other.toml' }), ['b']);
  assert.deepEqual(await names(['ps', '--config', 'third.toml'], { DIRIGENT_CONFIG: 'other.toml' }), ['c']);
  assert.deepEqual(await names(['--config', 'other.toml', 'ps', '--config', 'third.toml']), ['b', 'c']);

  await project.run(['up', '--data-dir', 'by-flag'], { DIRIGENT_DATA_DIR: 'by-variable' });
  assert.deepEqual(
    ['by-flag', 'by-variable', 'data'].map((dir) => existsSync(join(project.dir, dir))),
    [true, false, false],
  );
  await project.run(['up'], { DIRIGENT_DATA_DIR: 'by-variable' });
  assert.deepEqual(
    ['by-variable', 'data'].map((dir) => existsSync(join(project.dir, dir))),
    [true, false],
  );
});

test('without a configuration or a data directory there is one clear message and no stack, with --verbose the stack too', async (t) => {
  const project = new Project(t);
  project.write('.git', '');
  const plain = await project.run(['ps']);
  assert.equal(plain.code, 78);
  assert.match(plain.stderr, /^dirigent: .*create dirigent\.toml.*\n$/);
  assert.match((await project.run(['ps', '-v'])).stderr, /\n {4}at /);
  const empty = await project.run(['ps', '--data-dir', 'data']);
  assert.deepEqual([empty.code, empty.stdout], [0, '']);
});

test('off a terminal there is no colour, also where a CI server asks programs for it', async (t) => {
  const { stdout, stderr } = await new Project(t, shellTask('web', 'true')).run(['up'], { CI: 'true' });
  assert.ok(!`${stdout}${stderr}`.includes('\x1b'), `${stdout}${stderr}`);
});
