/** Commands that open their output again by name (case 20), which a socketpair would answer with ENXIO; also under another user. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wholeLog } from '../rig/project.ts';
import { newName, sharedRunner } from '../rig/shared-runner.ts';

const shared = sharedRunner();

interface Reopening {
  readonly title: string;
  readonly argv: readonly [string, ...string[]];
  readonly stdout?: string;
  readonly stderr?: string;
}

const AS_NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] as const;
const needsRoot = { skip: process.geteuid?.() !== 0 && 'only root may change its user' };

const shell = (line: string): [string, ...string[]] => ['sh', '-c', line];

const REOPENINGS: readonly Reopening[] = [
  { title: 'a redirection to /dev/stdout', argv: shell('echo out >/dev/stdout'), stdout: 'out\n' },
  { title: 'a redirection to /dev/stderr', argv: shell('echo err >/dev/stderr'), stderr: 'err\n' },
  { title: 'appending to /dev/stderr', argv: shell('echo err >>/dev/stderr'), stderr: 'err\n' },
  { title: 'a redirection to /proc/self/fd/1', argv: shell('echo out >/proc/self/fd/1'), stdout: 'out\n' },
  { title: 'a redirection to /dev/fd/2', argv: shell('echo err >/dev/fd/2'), stderr: 'err\n' },
  { title: 'tee /dev/stdout', argv: shell('echo out | tee /dev/stdout'), stdout: 'out\nout\n' },
  { title: 'tee /dev/stderr', argv: shell('echo both | tee /dev/stderr'), stdout: 'both\n', stderr: 'both\n' },
];

async function outputOf(
  argv: readonly [string, ...string[]],
  options: { readonly user?: string } = {},
): Promise<{ stdout: string; stderr: string; exitCode: number | null }> {
  const name = newName();
  const [command, ...args] = argv;
  await shared().register({ name, command, args, env: { LC_ALL: 'C' }, ...options });
  const { exitCode } = await shared().run(name);
  return { exitCode, stdout: wholeLog(shared(), name, 'stdout').toString(), stderr: wholeLog(shared(), name, 'stderr').toString() };
}

for (const { title, argv, stdout = '', stderr = '' } of REOPENINGS) {
  test(`case 20: ${title} reaches the log`, async () => {
    assert.deepEqual(await outputOf(argv), { exitCode: 0, stdout, stderr });
  });

  test(`case 20: ${title} reaches the log when the command changed its user`, needsRoot, async () => {
    const asNobody = await outputOf([...AS_NOBODY, ...argv]);
    assert.deepEqual(asNobody, { exitCode: 0, stdout, stderr });
  });

  for (const user of ['nobody', 'nobody:daemon']) {
    test(`case 20: as another uid, ${title} reaches the log of a task with user = "${user}"`, async () => {
      assert.deepEqual(await outputOf(argv, { user }), { exitCode: 0, stdout, stderr });
    });
  }
}

test('case 20: writeFileSync of /dev/stdout in a Node.js task reaches the log', async () => {
  const script = 'const fs = require("fs"); fs.writeFileSync("/dev/stdout", "out\\n"); fs.appendFileSync("/dev/stderr", "err\\n")';
  assert.deepEqual(await outputOf([process.execPath, '-e', script]), { exitCode: 0, stdout: 'out\n', stderr: 'err\n' });
});

test('case 20: another user cannot reach the pipe of a task by its name', needsRoot, async () => {
  const spy = `ls "${shared().paths.ipcDir()}/pipes"`;
  const { exitCode, stderr } = await outputOf([...AS_NOBODY, ...shell(spy)]);
  assert.notEqual(exitCode, 0);
  assert.match(stderr, /Permission denied/);
});
