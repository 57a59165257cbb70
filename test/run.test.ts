/** The test runner, run over planted test files: it counts what is a test, and takes nothing that went wrong for a pass. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const RUNNER = fileURLToPath(new URL('run.js', import.meta.url));
const TEST = `import { suite, test } from 'node:test';\n`;

interface Planted {
  readonly title: string;
  readonly code: string;
  readonly last: string;
  readonly says?: RegExp;
}

const PLANTED: readonly Planted[] = [
  { title: 'tests at the top are counted', code: `test('a', () => {}); test('b', () => {});`, last: '2 passed, 0 failed' },
  {
    title: 'suites and tests with subtests are counted by their leaves',
    code: `suite('s', () => { test('a', () => {}); suite('t', () => { test('b', () => {}); }); });
      test('parent', async (t) => { await t.test('c', () => {}); await t.test('d', async (u) => { await u.test('e', () => {}); }); });
      test('after a parent', () => {});`,
    last: '5 passed, 0 failed',
  },
  {
    title: 'a failure in a subtest is counted once',
    code: `test('parent', async (t) => { await t.test('c', () => {}); await t.test('d', () => { throw new Error('planted'); }); });`,
    last: '1 passed, 1 failed',
    says: /planted/,
  },
  {
    title: 'a failure of a parent itself counts beside its passing subtests',
    code: `test('parent', async (t) => { await t.test('c', () => {}); throw new Error('planted'); });`,
    last: '1 passed, 1 failed',
  },
  { title: 'a skipped test is in neither number', code: `test('a', () => {}); test.skip('b', () => {});`, last: '1 passed, 0 failed' },
  {
    title: 'a test named like a file is a test',
    code: `test('x.test.js', () => {});`,
    last: '1 passed, 0 failed',
  },
  { title: 'a file that cannot be imported fails', code: `import './missing.js';`, last: '0 passed, 1 failed', says: /missing\.js/ },
  { title: 'a file that throws fails', code: `throw new Error('planted');`, last: '0 passed, 1 failed', says: /planted/ },
  {
    title: 'a file that exits with 0 before its tests are over fails',
    code: `test('a', () => {}); test('b', () => process.exit(0));`,
    last: '0 passed, 1 failed',
    says: /before its tests did/,
  },
  {
    title: 'a file that is killed fails',
    code: `test('a', () => process.kill(process.pid, 'SIGKILL'));`,
    last: '0 passed, 1 failed',
    says: /SIGKILL/,
  },
  {
    title: 'a file that sets an exit code fails though its tests pass',
    code: `test('a', () => { process.exitCode = 3; });`,
    last: '1 passed, 1 failed',
    says: /exit code 3/,
  },
  { title: 'a file without a test fails', code: ``, last: '0 passed, 1 failed', says: /or it has none/ },
  {
    title: 'a file that hangs is killed, whatever signal it ignores',
    code: `process.on('SIGTERM', () => {}); test('a', () => { setInterval(() => {}, 1000); return new Promise(() => {}); });`,
    last: '0 passed, 1 failed',
    says: /killed after \d+ ms/,
  },
  {
    title: 'a warning fails the file',
    code: `test('a', () => { process.emitWarning('planted', 'MaxListenersExceededWarning'); });`,
    last: '1 passed, 1 failed',
    says: /MaxListenersExceededWarning: planted/,
  },
  {
    title: 'a process left behind with the output open holds up nothing',
    code: `import { spawn } from 'node:child_process';
      test('a', () => { spawn('sleep', ['300'], { stdio: 'inherit' }).unref(); });`,
    last: '1 passed, 0 failed',
  },
];

function runIn(cwd: string, args: readonly string[] = []): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const env = { ...process.env, TEST_FILE_TIMEOUT_MS: '5000' };
  return new Promise((resolve) => {
    execFile(process.execPath, [RUNNER, ...args], { cwd, env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

suite('the test runner', { concurrency: 2 }, () => {
  let root: string;
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'runner-'));
  });
  after(() => rmSync(root, { recursive: true }));

  const plant = (name: string, codes: Readonly<Record<string, string>>): string => {
    const cwd = join(root, name);
    for (const folder of ['test', 'dist/test']) mkdirSync(join(cwd, folder), { recursive: true });
    writeFileSync(join(cwd, 'package.json'), '{ "type": "module" }');
    for (const [file, code] of Object.entries(codes)) {
      writeFileSync(join(cwd, 'test', `${file}.test.ts`), '');
      writeFileSync(join(cwd, 'dist/test', `${file}.test.js`), TEST + code);
    }
    return cwd;
  };

  for (const [index, { title, code, last, says }] of PLANTED.entries()) {
    test(title, async () => {
      const { code: exit, stdout } = await runIn(plant(String(index), { a: code }));
      assert.equal(stdout.trimEnd().split('\n').at(-1), last, stdout);
      assert.equal(exit, last.endsWith(' 0 failed') ? 0 : 1);
      if (says !== undefined) assert.match(stdout, says);
    });
  }

  test('several files are added up, and a part of a path chooses among them', async () => {
    const cwd = plant('many', {
      one: `test('a', () => {});`,
      two: `test('b', () => {});`,
      three: `test('c', () => { throw new Error('x'); });`,
    });
    assert.match((await runIn(cwd)).stdout, /\n2 passed, 1 failed\n$/);
    assert.match((await runIn(cwd, ['two'])).stdout, /\n1 passed, 0 failed\n$/);
  });

  test('an interrupt ends the files under way, though they are no part of its group', async () => {
    const socket = join(root, 'alive.sock');
    const server = createServer().listen(socket);
    await once(server, 'listening');
    const hang = `import { connect } from 'node:net'; connect(${JSON.stringify(socket)}); test('a', () => new Promise(() => {}));`;
    const runner = spawn(process.execPath, [RUNNER], { cwd: plant('interrupted', { one: hang }), stdio: 'ignore' });
    const [connection] = (await once(server, 'connection')) as [Socket];
    const gone = once(connection.resume(), 'close');
    const exited = once(runner, 'exit');
    runner.kill('SIGINT');
    assert.deepEqual(await exited, [130, null]);
    await gone;
    server.close();
  });

  test('a part of a path that matches nothing is a mistake', async () => {
    const { code, stderr } = await runIn(plant('none', { one: `test('a', () => {});` }), ['four']);
    assert.equal(code, 2);
    assert.match(stderr, /no test file matches four/);
  });
});
