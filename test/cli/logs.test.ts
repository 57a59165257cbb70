/** `logs` of a time or a run, with times, as JSON, and of any length, by the real command on real files. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bootId } from '../../src/util/process-identity.ts';
import { IndexedWriter } from '../output/read/indexed-writer.ts';
import { Project, shellTask } from './rig.ts';

const MINUTE_MS = 60_000;
const ISO = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;

/** A log of a task that is not defined, as a runner would have left it, its last byte `endedMs` ago by the clocks of this machine. */
function logOf(project: Project, name: string, endedMs: number): IndexedWriter {
  const dir = join(project.dir, 'data/tasks', name);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const log = new IndexedWriter(dir);
  log.boot = bootId();
  log.monoMs = Math.round(Number(process.hrtime.bigint()) / 1e6) - endedMs;
  log.wallMs = Date.now() - endedMs;
  return log;
}

const logs = async (project: Project, ...args: string[]) => project.run(['logs', '--kind', 'stdout', ...args]);

test("--since 5m on an unstamped log returns the lines of those five minutes, to the index's 100 ms (clock jumped back and forth)", async (t) => {
  const project = new Project(t, '');
  const log = logOf(project, 'web', 10 * MINUTE_MS);
  for (const minutesAgo of [10, 9, 8, 7, 6]) {
    log.write(`${minutesAgo} minutes ago\n`);
    log.jump(minutesAgo % 2 === 0 ? -5 * 60 * MINUTE_MS : 9 * 60 * MINUTE_MS);
    log.advance(MINUTE_MS);
  }
  log.rotate();
  log.compress(1);
  // Between the last line that must not come and the first one that must, the test may take its time.
  log.advance(2 * MINUTE_MS);
  log.write('3 minutes ago\n2 minu');
  log.jump(-24 * 60 * MINUTE_MS);
  log.advance(MINUTE_MS);
  log.write('tes ago\n');
  const { code, stdout, stderr } = await logs(project, 'web', '--since', '5m');
  assert.deepEqual([code, stdout, stderr], [0, '3 minutes ago\n2 minutes ago\n', '']);
  assert.equal((await logs(project, 'web', '--since', '5m', '-n', '1')).stdout, '2 minutes ago\n');
  assert.equal((await logs(project, 'web', '--since', '15m', '--until', '5.5m')).stdout.split('\n').length, 6);
});

test('-t puts before each line when it came, and a dash where that is not known', async (t) => {
  const project = new Project(t, '');
  const log = logOf(project, 'web', MINUTE_MS);
  log.write('one\ntwo\n');
  const time = new Date(log.wallMs).toISOString();
  const old = logOf(project, 'old', 0);
  old.write('three\n');
  const { stdout } = await logs(project, '-t', 'web', 'old', '-n', '5');
  const [one, two, three] = stdout.split('\n');
  assert.deepEqual([one, two], [`web | ${time} one`, `web | ${time} two`]);
  assert.match(three ?? '', new RegExp(`^old \\| ${ISO} three$`));
  rmSync(old.indexPath);
  assert.equal((await logs(project, '-t', 'old')).stdout, `${'-'.padEnd(time.length)} three\n`);
});

test('--json is one record a line, with what is known of it', async (t) => {
  const project = new Project(t, '');
  const log = logOf(project, 'web', MINUTE_MS);
  log.write('before\n');
  log.runBegins('0123456789abcdef');
  const time = new Date(log.wallMs).toISOString();
  log.write(Buffer.from('a\xff"b\n\x1b[2J', 'latin1'));
  const { stdout } = await logs(project, 'web', '--json', '-n', '2');
  const records: unknown[] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  const common = { task: 'web', stream: 'stdout', time, runId: '0123456789abcdef' };
  assert.deepEqual(records, [
    { ...common, text: 'a\uFFFD"b', offset: 7 },
    { ...common, text: '\x1b[2J', offset: 12 },
  ]);
});

test('--run gives what one run wrote, by its number from the end or its id', async (t) => {
  const project = new Project(t, shellTask('job', 'echo run $DIRIGENT_RUN; echo oops >&2'));
  for (const _ of ['first', 'second']) await project.run(['up', 'job']);
  const { stdout } = await project.run(['runs', 'job', '--json']);
  const [last, before] = (JSON.parse(stdout) as { runs: readonly { runId: string }[] }).runs.map(({ runId }) => runId);
  assert.equal((await logs(project, 'job', '--run', 'last')).stdout, `run ${last}\n`);
  assert.equal((await logs(project, 'job', '--run', '2')).stdout, `run ${before}\n`);
  assert.equal((await logs(project, 'job', '--run', before ?? '')).stdout, `run ${before}\n`);
  const both = await project.run(['logs', 'job', '--run', '1']);
  assert.deepEqual(both.stdout.trimEnd().split('\n').sort(), ['[stderr] oops', `[stdout] run ${last}`]);
  const none = await logs(project, 'job', '--run', '3');
  assert.deepEqual([none.code, none.stdout], [2, '']);
  assert.match(none.stderr, /no run "3" of job: its last 2 runs are known/);
});

test('"all" of more than fits into memory at once is all of it, byte by byte, in order', async (t) => {
  const project = new Project(t, `[[tasks]]\nname = "a"\ncommand = "seq"\nargs = ["3000000"]\n`);
  await project.run(['up', '--no-prefix', 'a']);
  const { stdout, stderr } = await logs(project, 'a', '-n', 'all');
  assert.equal(stderr, '');
  let next = 1;
  for (const line of stdout.trimEnd().split('\n')) {
    assert.equal(line, String(next));
    next += 1;
  }
  assert.equal(next, 3_000_001);
  assert.ok(stdout.length > 16 * 1024 * 1024);
  const { stdout: last } = await logs(project, 'a', '-n', '2500000');
  assert.ok(last.startsWith('500001\n') && last.endsWith('\n3000000\n'));
});

test('what was not written in a time or run is said on stderr, and a time or run that is none ends with 2', async (t) => {
  const project = new Project(t, shellTask('a', 'true'));
  const log = logOf(project, 'web', 10 * MINUTE_MS);
  log.write('hi\n');
  const { code, stdout, stderr } = await logs(project, 'web', '--since', '5m');
  assert.deepEqual([code, stdout, stderr], [0, '', 'web has no output in stdout.log of what was asked for\n']);
  for (const args of [
    ['--since', 'yesterday'],
    ['--until', '-1'],
    ['--until', '1e99'],
    ['--since', 'NaN'],
    ['--since', '5m', '--until', '10m'],
    ['--run', '0'],
    ['--run', 'NaN'],
    ['--run', '../x'],
  ]) {
    const bad = await logs(project, 'web', ...args);
    assert.deepEqual([bad.code, bad.stdout], [2, ''], args.join(' '));
    assert.match(bad.stderr, /^dirigent: (?:since|until|run): /, args.join(' '));
  }
  const { stdout: help } = await project.run(['logs', '--help']);
  for (const word of ['--since <time>', '--run <run>', '14:30', 'ISO 8601', '--timestamps']) assert.ok(help.includes(word), word);
  assert.equal(readFileSync(log.path(), 'utf8'), 'hi\n', 'reading changes nothing');
});
