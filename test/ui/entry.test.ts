/** How one comes in: by the token of a served runner, by the one-time address of `dirigent open`, and from another machine through a tunnel. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { suite, test, type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { createApi, listen, toNodeListener } from '../../src/http/index.ts';
import type { TaskRunner } from '../../src/index.ts';
import { bridge } from '../rig/bridge.ts';
import { assertAccessible, openPage, sharedBrowser } from '../rig/browser.ts';
import { atEnd } from '../rig/cleanup.ts';
import { layCable } from '../rig/daemon.ts';
import { openRunner, sh, tempDir } from '../rig/project.ts';
import { serve } from '../rig/wire.ts';

const browser = sharedBrowser();

const REFUSED = /console: Failed to load resource: .*status of 401/;
const FORBIDDEN = /console: Failed to load resource: .*status of 403/;

const tokenField = (page: Page) => page.getByLabel('Token of the daemon');
const task = (page: Page, name: string) => page.getByRole('link', { name }).first();

/** Everything that is kept by the browser for the origin of a page, but for its session. */
const keptFor = (page: Page): Promise<string> =>
  page.evaluate<string>(
    'document.cookie + JSON.stringify({ ...localStorage }) + JSON.stringify(history.state) + location.href + document.title',
  );

/** A runner that is served on its socket alone, as a daemon is, and a bridge to it. */
async function bridged(t: TestContext) {
  const runner = await openRunner(t, { web: sh('exec sleep 1000') });
  const listening = await listen(runner);
  atEnd(t, () => listening.close());
  return bridge(t, runner.paths.dataDir);
}

/** Serves a runner on its socket and a port. */
async function serveOn(runner: TaskRunner, tcp: string): Promise<{ readonly url: string; readonly token: string; close(): Promise<void> }> {
  const { url, tokenFile, close } = await listen(runner, { tcp });
  assert.ok(url !== null && tokenFile !== null);
  return { url, token: readFileSync(tokenFile, 'utf8').trim(), close };
}

async function enter(page: Page, token: string): Promise<void> {
  await tokenField(page).fill(token);
  await page.getByRole('button', { name: 'Open' }).click();
}

const open = (t: TestContext, url: string, expected: readonly RegExp[], hash = '') => openPage(t, browser(), url, { expected, hash });

suite('the token', () => {
  for (const scheme of ['light', 'dark'] as const)
    test(`is asked for where there is none, which everyone can read and fill in, ${scheme}`, async (t) => {
      const { listening } = await serve(t);
      const page = await openPage(t, browser(), listening.url ?? '', { scheme, expected: [REFUSED] });
      await tokenField(page).waitFor();
      await assertAccessible(page);
      assert.equal(await tokenField(page).getAttribute('type'), 'password');
    });

  test('that is wrong is refused, and the right one lets in, also after a reload, in this tab alone', async (t) => {
    const { listening, token } = await serve(t, { web: sh('exec sleep 1000') });
    const page = await open(t, listening.url ?? '', [REFUSED]);
    await enter(page, `${token.slice(1)}x`);
    await page.getByRole('alert').getByText('does not take this token').waitFor();
    await enter(page, ` ${token} `); // as it is copied out of a file
    await task(page, 'web').waitFor();
    await page.reload();
    await task(page, 'web').waitFor();
    assert.equal((await keptFor(page)).includes(token), false, 'it is in nothing that lasts, nor in the address');
    const other = await page.context().newPage();
    await other.goto(listening.url ?? '');
    await tokenField(other).waitFor();
  });

  test('of a daemon that came in place of another is asked for anew', async (t) => {
    const runner = await openRunner(t, { web: sh('exec sleep 1000') });
    const first = await serveOn(runner, '127.0.0.1:0');
    const page = await openPage(t, browser(), first.url, { token: first.token, expected: [/console: /] });
    await task(page, 'web').waitFor();
    await first.close();
    const second = await serveOn(runner, new URL(first.url).host);
    atEnd(t, () => second.close());
    await tokenField(page).waitFor();
    await enter(page, second.token);
    await task(page, 'web').waitFor();
  });
});

suite('the address of dirigent open', () => {
  test('lets in, is cleaned at once, and no other tab can use it again', async (t) => {
    const { bridge: opened } = await bridged(t);
    const address = opened.ticketUrl();
    const [, hash = ''] = address.split('/#');
    const page = await open(t, opened.url, [FORBIDDEN, REFUSED], `#${hash}`);
    await task(page, 'web').waitFor();
    assert.equal(page.url(), `${opened.url}/#/`);
    const [, ticket = ''] = address.split('=');
    await page.goBack();
    assert.doesNotMatch(page.url(), /ticket/, 'nor is it in the history');
    await page.goto(`${opened.url}/`);
    assert.equal((await keptFor(page)).includes(ticket), false);
    const other = await page.context().newPage();
    await other.goto(address);
    await other
      .getByRole('alert')
      .getByText(/used already, or is older than a minute.*dirigent open/)
      .waitFor();
    assert.doesNotMatch(other.url(), /ticket/);
  });

  test('works in a file that leads to it, as the browser is given it', async (t) => {
    const { bridge: opened } = await bridged(t);
    const file = join(tempDir(t), 'open.html');
    writeFileSync(file, `<!doctype html><meta http-equiv="refresh" content="0; url=${opened.ticketUrl()}">`);
    const page = await open(t, opened.url, [REFUSED, /another origin: file:.*open\.html$/]);
    await tokenField(page).waitFor();
    await page.goto(pathToFileURL(file).href);
    await task(page, 'web').waitFor();
  });

  test('works through a tunnel, on the port that it has at the other end', async (t) => {
    const { bridge: opened, port } = await bridged(t);
    const { url } = await layCable(t, port);
    assert.notEqual(new URL(url).port, String(port));
    const far = url.replace('127.0.0.1', 'localhost');
    const page = await open(t, far, [], opened.ticketUrl().replace(`${opened.url}/`, ''));
    await task(page, 'web').waitFor();
    assert.equal(page.url(), `${far}/#/`);
  });
});

suite('a host’s own server', () => {
  test('shows the page under a path of its own, with or without the last slash', async (t) => {
    const runner = await openRunner(t, { web: sh('exec sleep 1000') });
    const server = createServer(toNodeListener(createApi(runner, { basePath: '/ops/tasks', title: 'The shop' })));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    atEnd(t, () => {
      server.close();
      server.closeAllConnections();
    });
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    for (const path of ['tasks', 'tasks/', 'tasks/#/tasks/web']) {
      const page = await open(t, `http://127.0.0.1:${address.port}/ops`, [], path);
      await page.getByText('The shop').first().waitFor();
      await page.getByText('web', { exact: true }).first().waitFor();
      assert.equal(new URL(page.url()).pathname, '/ops/tasks/');
    }
  });
});
