/** What Prometheus is told of real tasks, read line by line as its own reader would. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { packageVersion } from '../../src/index.ts';
import { METRICS } from '../../src/http/metric-table.ts';
import { METRICS_CONTENT_TYPE, renderMetrics } from '../../src/http/metrics.ts';
import { openRunner, sh } from '../rig/project.ts';
import { daemon, rejectsWith, startUntil } from '../rig/puppets.ts';

const HELP = /^# HELP (\S+) (\S.*)$/;
const TYPE = /^# TYPE (\S+) (gauge|counter)$/;
const SAMPLE = /^([a-z_]+)(?:\{((?:[a-z]+="[^"\\]*",?)+)\})? (-?[\d.e+-]+)$/;

/** Samples by what stands before their value. Every line is a HELP, a TYPE or a sample, in this order, of a metric that is declared. */
function parse(text: string): Map<string, number> {
  assert.ok(text.endsWith('\n'));
  const samples = new Map<string, number>();
  let present = '';
  const helped = new Set<string>();
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, help] = HELP.exec(line) ?? [];
    const [, typed, type] = TYPE.exec(line) ?? [];
    const [, name = '', labels = '', value] = SAMPLE.exec(line) ?? [];
    if (help !== undefined) {
      assert.ok(!helped.has(help), `${help} comes twice`);
      helped.add((present = help));
    } else if (typed !== undefined) {
      assert.equal(typed, present);
      assert.equal(type, METRICS.find((metric) => metric.name === typed)?.type);
    } else {
      assert.equal(name, present, `a line that is nothing: ${line}`);
      const key = labels === '' ? name : `${name}{${labels}}`;
      assert.ok(Number.isFinite(Number(value)) && !samples.has(key), line);
      assert.deepEqual(
        [...labels.matchAll(/([a-z]+)="/g)].map(([, label]) => label),
        METRICS.find((metric) => metric.name === name)?.labels,
        line,
      );
      samples.set(key, Number(value));
    }
  }
  assert.deepEqual(
    [...helped],
    METRICS.map((metric) => metric.name),
    'all that are declared are told, with and without samples',
  );
  return samples;
}

test('names and units are by convention: a counter ends in _total, seconds and bytes are said', () => {
  for (const { name, type, help, labels } of METRICS) {
    assert.match(name, /^dirigent_[a-z]+(?:_[a-z]+)*$/);
    assert.equal(name.endsWith('_total'), type === 'counter', name);
    assert.doesNotMatch(name, /_(?:ms|milliseconds|kib|mb|percent)(?:_|$)/);
    assert.match(help, /^[A-Z1][^\n\\]*\.$/, name);
    for (const label of labels) assert.match(label, /^(?:task|state|stream|version|node)$/);
  }
});

test('the content type is that of the text format', () => {
  assert.equal(METRICS_CONTENT_TYPE, Registry.PROMETHEUS_CONTENT_TYPE);
});

test('a runner without tasks tells which version it is, and that there are none', async (t) => {
  const runner = await openRunner(t);
  const version = `version="${packageVersion()}",node="${process.versions.node}"`;
  assert.deepEqual(
    [...parse(await renderMetrics(runner))],
    [
      [`dirigent_build_info{${version}}`, 1],
      ['dirigent_tasks', 0],
    ],
  );
});

test('of real tasks everything is told: their state, what they use, and what became of their output', async (t) => {
  const secret = 'do-not-tell';
  const web = { ...daemon(), env: { PASSWORD: secret }, title: `Web ${secret}` };
  const runner = await openRunner(t, { web, job: sh(`echo two; echo three >&2; exit 7 # ${secret}`), never: daemon() });
  const beganAt = Date.now() / 1000;
  await startUntil(runner, 'web');
  await runner.start('job');
  await runner.waitFor('job', 'finished');
  const text = await renderMetrics(runner);
  assert.ok(!text.includes(secret));
  const samples = parse(text);
  const of = (task: string): Record<string, number> =>
    Object.fromEntries(
      [...samples].flatMap(([key, value]) => {
        const [name = '', labels = ''] = key.split('{');
        const short = labels.replace(`task="${task}"`, '').replace(/^,|\}$/g, '');
        return labels.startsWith(`task="${task}"`)
          ? [[`${name.replace('dirigent_task_', '')} ${short.replace('}', '')}`.trim(), value]]
          : [];
      }),
    );
  const states = (present: string) =>
    Object.fromEntries(['stopped', 'running', 'finished', 'failed'].map((state) => [`state state="${state}"`, Number(state === present)]));
  const logs = (stdout: number, stderr: number, dropped = 0) =>
    Object.fromEntries(
      (['read', 'written', 'dropped'] as const).flatMap((what) => [
        [`log_${what}_bytes_total stream="stdout"`, what === 'dropped' ? dropped : stdout],
        [`log_${what}_bytes_total stream="stderr"`, what === 'dropped' ? dropped : stderr],
      ]),
    );
  assert.deepEqual(of('never'), { ...states('stopped'), ...logs(0, 0), ready: 0, restarts: 0 });
  assert.deepEqual(of('job'), { ...states('finished'), ...logs(4, 6), ready: 0, restarts: 0, last_exit_code: 7 });
  const { start_time_seconds: startedAt = 0, cpu_seconds_total: cpu = -1, memory_bytes: memory = 0, ...rest } = of('web');
  assert.deepEqual(rest, { ...states('running'), ...logs(3, 0), ready: 1, restarts: 0, processes: 1 });
  assert.ok(startedAt >= beganAt - 1 && startedAt <= Date.now() / 1000, String(startedAt));
  assert.ok(cpu >= 0 && memory > 64 * 1024, `${cpu} s, ${memory} bytes`);
  assert.equal(samples.get('dirigent_tasks'), 3);
});

test('a restart counts, and one that someone asks for sets it to 0', async (t) => {
  const web = { ...sh('echo up; read go; exit 1'), stdin: 'pipe', restart: 'on-failure', restartDelay: '1ms' } as const;
  const runner = await openRunner(t, { web });
  const restarts = async (): Promise<number | undefined> => parse(await renderMetrics(runner)).get('dirigent_task_restarts{task="web"}');
  await startUntil(runner, 'web');
  assert.equal(await restarts(), 0);
  const again = new Promise<void>((resolve) => {
    runner.on('task.changed', ({ info }) => info.restarts === 1 && info.status.phase === 'ready' && resolve());
  });
  await runner.write('web', 'go\n');
  await again;
  assert.equal(await restarts(), 1);
  await runner.restart('web');
  assert.equal(await restarts(), 0);
});

test('a task that is removed in the midst of it is left out, and the others are told', async (t) => {
  const runner = await openRunner(t, { web: daemon() });
  await runner.register({ name: 'gone', ...daemon() });
  const before = runner.listTasks();
  await runner.remove('gone');
  const samples = parse(
    await renderMetrics({ listTasks: () => before, usage: () => runner.usage(), counters: (name) => runner.counters(name) }),
  );
  assert.equal(samples.get('dirigent_tasks'), 1);
  assert.equal(samples.get('dirigent_task_ready{task="web"}'), 0);
});

test('a closed runner has no metrics', async (t) => {
  const runner = await openRunner(t, { web: daemon() });
  await runner.close();
  await rejectsWith(renderMetrics(runner), 'RUNNER_CLOSED');
});
