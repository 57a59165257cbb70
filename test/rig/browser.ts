/**
 * A real Chromium, started once for a test file, and a fresh context for each test. Whatever a page does wrong fails its test: errors on its
 * console, exceptions, violations of its policy, requests to other origins. Waits for conditions alone; nothing here is timed, or tried twice.
 */
import assert from 'node:assert/strict';
import { after, before, type TestContext } from 'node:test';
import axe from 'axe-core';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { findProgram } from '../../src/util/executable.ts';
import { atEnd } from './cleanup.ts';
import type { Served } from './wire.ts';

/** Where the page keeps its token. */
const TOKEN_KEY = 'dirigent.token';
/** Longest wait for a condition: what never comes is told before the whole file is killed. */
const LONGEST_WAIT_MS = 60_000;

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Names lead nowhere but here: what a page asks of others is seen, and not sent.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
];

/** Starts a browser for the tests of the file, and ends it after the last of them. */
export function sharedBrowser(): () => Browser {
  let browser: Browser | undefined;
  before(async () => {
    browser = await chromium.launch({ executablePath: await findChromium(), args: FLAGS, timeout: LONGEST_WAIT_MS });
  });
  after(() => browser?.close());
  return () => {
    if (browser === undefined) throw new Error('the browser is there inside tests alone');
    return browser;
  };
}

/** A package with a Chromium of its own, for machines that have none. */
const PACKAGE = '@sparticuz/chromium';

async function findChromium(): Promise<string> {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome-stable']) {
    const path = findProgram(name, process.env['PATH']);
    if (path !== undefined) return path;
  }
  const packaged = await importPackaged();
  if (packaged === undefined) throw new Error(`there is no Chromium: install the Debian package chromium, or the npm package ${PACKAGE}`);
  return packaged.default.executablePath();
}

async function importPackaged(): Promise<{ readonly default: { executablePath(): Promise<string> } } | undefined> {
  try {
    return (await import(PACKAGE)) as { readonly default: { executablePath(): Promise<string> } };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** How a page is looked at. */
export interface View {
  /** Kept for the page before it begins, as if it had been entered. */
  readonly token?: string;
  /** After the address, such as `#/inspector`. */
  readonly hash?: string;
  /** @default 'light' */
  readonly scheme?: 'light' | 'dark';
  /** @default 1280 by 800 */
  readonly size?: { readonly width: number; readonly height: number };
  /** What the test provokes, and what must then be told: a browser writes each refused request to its console as an error, `status of 401`. */
  readonly expected?: readonly RegExp[];
}

/** Opens an address in a context of its own, which ends with the test; the test fails where the page did anything wrong until then. */
export async function openPage(t: TestContext, browser: Browser, url: string, view: View = {}): Promise<Page> {
  const { token, hash = '', scheme = 'light', size = { width: 1280, height: 800 }, expected = [] } = view;
  const context = await browser.newContext({ colorScheme: scheme, reducedMotion: 'reduce', viewport: size, acceptDownloads: true });
  const faults = watchFaults(context, new URL(url).origin);
  atEnd(t, async () => {
    await context.close();
    assertFaults(faults, expected);
  });
  context.setDefaultTimeout(LONGEST_WAIT_MS);
  if (token !== undefined) await context.addInitScript(keeping(token, new URL(url).origin));
  const page = await context.newPage();
  await page.goto(`${url}/${hash}`);
  return page;
}

/** Documents of the browser's own, such as that of an address where nobody answers, keep nothing. */
const keeping = (token: string, origin: string): string =>
  `if (location.origin === ${JSON.stringify(origin)}) sessionStorage[${JSON.stringify(TOKEN_KEY)}] ??= ${JSON.stringify(token)}`;

/** The page of a runner that is served over TCP, with its token. */
export const openServed = (t: TestContext, browser: Browser, { listening, token }: Served, view: View = {}): Promise<Page> =>
  openPage(t, browser, listening.url ?? '', { token, ...view });

/** Notes what goes wrong from now on. */
function watchFaults(context: BrowserContext, origin: string): string[] {
  const faults: string[] = [];
  context.on('console', (message) => {
    // Violations of the policy are told there, too.
    if (message.type() === 'error') faults.push(`console: ${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => faults.push(`exception: ${String(error.error())}`));
  context.on('request', (request) => {
    const asked = new URL(request.url());
    if (asked.origin !== origin && !['data:', 'blob:'].includes(asked.protocol)) faults.push(`request to another origin: ${request.url()}`);
  });
  return faults;
}

function assertFaults(faults: readonly string[], expected: readonly RegExp[]): void {
  const unexpected = faults.filter((fault) => !expected.some((pattern) => pattern.test(fault)));
  assert.deepEqual(unexpected, [], 'what the page did wrong');
  const missing = expected.filter((pattern) => !faults.some((fault) => pattern.test(fault)));
  assert.deepEqual(missing, [], 'what was to go wrong, and did not');
}

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[];
}

/** Asserts that axe finds nothing in the page, as it is now, that would keep somebody out. */
export async function assertAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const violations = await page.evaluate<Violation[]>('axe.run().then(({ violations }) => violations)');
  const told = violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${target.join(' ')}\n${failureSummary}`),
  );
  assert.deepEqual(told, [], 'what axe found');
}

/** Waits until an expression holds in the page, looked at with each frame. The page's own policy forbids what Playwright has for that. */
export const until = (page: Page, condition: string): Promise<unknown> =>
  page.evaluate(`new Promise((resolve) => {
    const look = () => (${condition} ? resolve(true) : requestAnimationFrame(look));
    look();
  })`);
