/**
 * Frame times of the page while it shows the output of a task that writes 10,000 lines a second: the time between one animation frame and the
 * next, in a real Chromium. Bar: p95 of 50 ms, the median of rounds. `--seconds` makes a round longer.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { listen } from '../../src/http/index.ts';
import { TaskRunner } from '../../src/index.ts';
import type { BenchOptions } from './main.ts';
import { median, percentile, round } from './statistics.ts';

const BAR_MS = 50;
const LINES_A_SECOND = 10_000;

/** Rounds, and the seconds of one. */
export const options = { rounds: 5, seconds: 4 };

/** Writes its lines by the clock, in fifty portions a second, so that a slow machine writes as many. */
const WRITER = `
const begun = performance.now();
let line = 0;
setInterval(() => {
  const due = ((performance.now() - begun) / 1000) * ${LINES_A_SECOND};
  let text = '';
  for (; line < due; line += 1) text += '\\u001b[32mINFO\\u001b[0m line ' + line + ' GET /orders/' + (line % 977) + ' 200 \\u001b[36m' + (line % 37) + 'ms\\u001b[0m of a service that says what it does\\n';
  process.stdout.write(text);
}, 20);`;

/** Measures. */
export async function run({ rounds = options.rounds, seconds = options.seconds }: BenchOptions): Promise<Record<string, unknown>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'dirigent-bench-'));
  const browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
  try {
    const busy = { command: process.execPath, args: ['-e', WRITER] };
    const runner = await TaskRunner.open({ dataDir, tasks: { busy } });
    try {
      const { url, tokenFile, close } = await listen(runner, { tcp: '127.0.0.1:0' });
      await runner.start('busy');
      const page = await browser.newPage();
      await page.addInitScript(`if (origin !== 'null') sessionStorage.setItem('dirigent.token', ${quoted(tokenFile)})`);
      await page.goto(`${url ?? ''}/#/tasks/busy`);
      await page.locator('.line').nth(20).waitFor();
      const measured = [];
      for (let at = 0; at < rounds; at += 1) measured.push(await measure(page, seconds));
      await close();
      return conclude(measured);
    } finally {
      await runner.close();
    }
  } finally {
    await browser.close();
    rmSync(dataDir, { recursive: true });
  }
}

const quoted = (tokenFile: string | null): string => JSON.stringify(readFileSync(tokenFile ?? '', 'utf8').trim());

interface Round {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly worstMs: number;
  readonly linesASecond: number;
}

const LAST = `Number(/line (\\d+) /.exec([...document.querySelectorAll('.lines .line')].at(-1).textContent)[1])`;

async function measure(page: Page, seconds: number): Promise<Round> {
  const { deltas, lines } = await page.evaluate<{ deltas: number[]; lines: number }>(`new Promise((resolve) => {
    const deltas = [];
    const first = ${LAST};
    const begun = performance.now();
    let before = begun;
    const frame = (now) => {
      deltas.push(now - before);
      before = now;
      if (now - begun < ${seconds * 1_000}) requestAnimationFrame(frame);
      else resolve({ deltas: deltas.slice(1), lines: (${LAST} - first) / ((now - begun) / 1000) });
    };
    requestAnimationFrame(frame);
  })`);
  return { p50Ms: percentile(deltas, 0.5), p95Ms: percentile(deltas, 0.95), worstMs: Math.max(...deltas), linesASecond: lines };
}

function conclude(rounds: readonly Round[]): Record<string, unknown> {
  const of = (figure: (one: Round) => number): number => round(median(rounds.map(figure)), 1);
  const figures = {
    rounds: rounds.length,
    linesASecond: of(({ linesASecond }) => linesASecond),
    p50Ms: of(({ p50Ms }) => p50Ms),
    p95Ms: of(({ p95Ms }) => p95Ms),
    worstMs: of(({ worstMs }) => worstMs),
  };
  console.log(
    `${figures.linesASecond} lines a second are shown; a frame takes ${figures.p50Ms} ms, p95 ${figures.p95Ms} ms (bar ${BAR_MS}), the worst ${figures.worstMs} ms`,
  );
  return { ...figures, met: figures.p95Ms <= BAR_MS };
}
