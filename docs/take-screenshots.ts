/**
 * Takes the pictures of the page that the guide shows, light and dark, of a real runner in a real Chromium: `node dist/docs/take-screenshots.js`,
 * or of those alone whose names begin with one of its arguments.
 * Not part of `npm run docs`: pixels differ from one machine to the next.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { listen } from '../src/http/index.ts';
import { TaskRunner } from '../src/index.ts';

const FOLDER = 'docs/screenshots';
const WIDE = { width: 1280, height: 720 };
const NARROW = { width: 360, height: 740 };
const LARGE = { width: 1440, height: 900 };
const INSPECTED = '#/inspector/dirigent%2Fservices%2Ftask-runner%2Fworker';

/** Beginning of the names of the pictures that are taken. */
const wanted = process.argv.slice(2);

const API_LOG = String.raw`#!/bin/sh
i=0
while true; do
  i=$((i+1))
  printf '\033[2m%s\033[0m \033[32mINFO\033[0m  GET /orders/%d 200 \033[36m%dms\033[0m\n' "$(date +%T)" $i $((i % 37))
  [ $((i % 9)) = 0 ] && printf '\033[33mWARN\033[0m  slow query: select * from orders where id = %d\n' $i
  [ $((i % 23)) = 0 ] && printf '\033[31mERROR\033[0m upstream timed out after 3000 ms\n' >&2
  sleep 0.1
done`;

const FRONT = '#!/bin/sh\nwhile true; do i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 0.3; done\n';

const CONFIG = `
[runner]
name = "shop"

[[tasks]]
name = "db"
title = "PostgreSQL"
command = "sleep"
args = ["1000000"]
run_at_startup = true
group = "backend"

[[tasks]]
name = "api"
title = "Orders API"
command = "./orders-api"
depends_on = ["db"]
run_at_startup = true
group = "backend"

[[tasks]]
name = "web"
title = "Shop front"
command = "./shop-front"
depends_on = ["api"]
run_at_startup = true

[[tasks]]
name = "worker"
command = "sh"
args = ["-c", "echo 'cannot reach the queue at amqp://127.0.0.1:5672'; exit 3"]
restart = "on-failure"
restart_delay = "20s"
run_at_startup = true
group = "backend"

[[tasks]]
name = "migrate"
command = "true"
run_at_startup = true

[[tasks]]
name = "mailer"
title = "Mails"
command = "/usr/local/bin/mailer"
run_at_startup = true

[[tasks]]
name = "backup"
command = "pg_dump"
args = ["shop"]
schedule = "30 3 * * *"

[[groups]]
name = "backend"
`;

/** A picture: an address, and what to do there before it is taken. */
interface Picture {
  readonly name: string;
  readonly hash: string;
  readonly size?: { readonly width: number; readonly height: number };
  readonly prepare?: (page: Page) => Promise<unknown>;
  /** Whoever looks has no token. */
  readonly isStranger?: boolean;
}

const PICTURES: readonly Picture[] = [
  { name: 'tasks', hash: '#/tasks', prepare: (page) => page.waitForTimeout(12_000) /* for lines of what is used */ },
  { name: 'tasks-narrow', hash: '#/tasks', size: NARROW },
  { name: 'output', hash: '#/tasks/api', prepare: search },
  { name: 'output-narrow', hash: '#/tasks/api', size: NARROW },
  { name: 'runs', hash: '#/tasks/worker/runs' },
  { name: 'why', hash: '#/tasks/worker/why' },
  { name: 'dependencies', hash: '#/tasks/api/dependencies' },
  { name: 'definition', hash: '#/tasks/api/definition' },
  { name: 'configuration', hash: '#/configuration' },
  { name: 'configuration-edit', hash: '#/configuration/new', prepare: fill },
  { name: 'inspector', hash: INSPECTED, size: LARGE, prepare: seeChart },
  { name: 'inspector-sequence', hash: INSPECTED, size: LARGE, prepare: seeSequence },
  { name: 'inspector-past', hash: INSPECTED, size: LARGE, prepare: goBack },
  { name: 'inspector-small-chart', hash: '#/inspector', size: LARGE, prepare: seeChart },
  { name: 'inspector-save', hash: INSPECTED, size: LARGE, prepare: askToSave },
  { name: 'inspector-narrow', hash: INSPECTED, size: { width: 360, height: 1600 }, prepare: seeChart },
  { name: 'entry', hash: '', isStranger: true },
  { name: 'keys', hash: '#/tasks', prepare: (page) => page.keyboard.press('?') },
];

async function search(page: Page): Promise<void> {
  await page.getByLabel('Search the whole output').fill('timed out');
  await page.keyboard.press('Enter');
  await page.locator('.found li').first().waitFor();
}

/** Until it crashed once while somebody looked on. */
async function seeChart(page: Page): Promise<void> {
  await page.locator('.chart-lit').first().waitFor();
  await page.locator('.insp-event-changed').first().waitFor({ timeout: 120_000 });
  await page.locator('.chart-taken text').first().waitFor();
}

async function seeSequence(page: Page): Promise<void> {
  await seeChart(page);
  await page.getByRole('button', { name: 'Sequence' }).click();
  await page.getByLabel('this actor only').check();
}

async function goBack(page: Page): Promise<void> {
  await seeChart(page);
  await page.getByLabel('this actor only').check();
  await page
    .getByRole('option', { name: /process.exited/ })
    .first()
    .click();
}

async function askToSave(page: Page): Promise<void> {
  await seeChart(page);
  await page.getByRole('button', { name: 'Save …' }).click();
}

async function fill(page: Page): Promise<void> {
  await page.getByLabel(/^name/).fill('reports');
  await page.getByLabel(/^command/).fill('node');
  await page.getByLabel('args').fill('reports.js\n--daily');
  await page.getByText('Schedule and watch').click();
  await page.getByLabel('schedule').fill('every morning');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.locator('.field-error').first().waitFor();
}

const dir = mkdtempSync(join(tmpdir(), 'shop-'));
const browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  const config = join(dir, 'dirigent.toml');
  writeFileSync(config, CONFIG);
  writeFileSync(join(dir, 'orders-api'), API_LOG, { mode: 0o755 });
  writeFileSync(join(dir, 'shop-front'), FRONT, { mode: 0o755 });
  const runner = await TaskRunner.open({ dataDir: join(dir, 'data'), config });
  try {
    await runner.register({ name: 'notes', title: 'Notes of the team', command: 'sleep', args: ['100000'] }, { persist: true });
    await runner.start('notes');
    while (runner.getTask('worker').status.phase !== 'backingOff') await new Promise((resolve) => setTimeout(resolve, 50));
    const listening = await listen(runner, { tcp: '127.0.0.1:0', allowDefine: true, title: 'Shop' });
    mkdirSync(FOLDER, { recursive: true });
    for (const scheme of ['light', 'dark'] as const) await takeAll(browser, listening, scheme);
    await listening.close();
  } finally {
    await runner.close();
  }
} finally {
  await browser.close();
  rmSync(dir, { recursive: true });
}

async function takeAll(
  chrome: Browser,
  { url, tokenFile }: { readonly url: string | null; readonly tokenFile: string | null },
  scheme: 'light' | 'dark',
): Promise<void> {
  const token = readFileSync(tokenFile ?? '', 'utf8').trim();
  for (const { name, hash, size = WIDE, prepare, isStranger = false } of PICTURES.filter(isWanted)) {
    const context = await chrome.newContext({ colorScheme: scheme, reducedMotion: 'reduce', viewport: size });
    if (!isStranger) await context.addInitScript(`sessionStorage.setItem('dirigent.token', ${JSON.stringify(token)})`);
    const page = await context.newPage();
    await page.goto(`${url ?? ''}/${hash}`);
    await page.locator('main > *').first().waitFor();
    await prepare?.(page);
    await page.waitForTimeout(300); // for what is drawn late: these are pictures, not tests
    await page.screenshot({ path: join(FOLDER, `${name}-${scheme}.png`) });
    await context.close();
  }
}

function isWanted({ name }: Picture): boolean {
  return wanted.length === 0 || wanted.some((each) => name.startsWith(each));
}
