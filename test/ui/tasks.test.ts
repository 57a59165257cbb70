/** The list of tasks in a real browser: that it shows what happens by itself, and can be used with the keyboard alone. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Page } from 'playwright-core';
import { openPage, openServed, sharedBrowser } from '../rig/browser.ts';
import { layCable } from '../rig/daemon.ts';
import { sh } from '../rig/project.ts';
import { serve } from '../rig/wire.ts';

const browser = sharedBrowser();

const SLEEP = { command: 'sleep', args: ['1000'] };

const stateOf = (page: Page, task: string, state: string) => page.locator(`[data-task="${task}"] .cell-state`, { hasText: state });

suite('the list of tasks', () => {
  test('starts and stops a task, whose state changes without a reload', async (t) => {
    const page = await openServed(t, browser(), await serve(t, { web: SLEEP, db: SLEEP }));
    await stateOf(page, 'web', 'stopped').waitFor();
    await page.evaluate('window.isStillThere = true');
    await page.getByRole('button', { name: 'Start web', exact: true }).click();
    await stateOf(page, 'web', 'running').waitFor();
    await page.getByRole('status').filter({ hasText: 'web is ready' }).waitFor();
    await page.locator('[data-task="web"] .cell-memory .figure').waitFor();
    await page.getByRole('button', { name: 'Stop web' }).click();
    await stateOf(page, 'web', 'stopped').waitFor();
    await stateOf(page, 'db', 'stopped').waitFor();
    assert.equal(await page.evaluate('window.isStillThere'), true);
  });

  test('shows tasks that come, change and go, and why one failed', async (t) => {
    const served = await serve(t);
    const page = await openServed(t, browser(), served);
    await page.getByText('There are no tasks yet.').waitFor();
    await served.runner.register({ name: 'job', ...sh('exit 7') });
    await stateOf(page, 'job', 'stopped').waitFor();
    await served.runner.start('job');
    await stateOf(page, 'job', 'finished').waitFor();
    await page.getByRole('gridcell', { name: 'exit code 7' }).waitFor();
    await page.getByRole('button', { name: 'Trouble 1' }).waitFor();
    await served.runner.remove('job');
    await page.getByText('There are no tasks yet.').waitFor();
  });

  test('draws the rows in sight of a thousand tasks alone, and finds each of them', async (t) => {
    const tasks = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`task-${index}`, SLEEP]));
    const page = await openServed(t, browser(), await serve(t, tasks));
    await page.getByRole('button', { name: 'All 1000' }).waitFor();
    assert.ok((await page.locator('[data-task]').count()) < 60, 'rows out of sight are drawn');
    await page.locator('[data-task="task-0"]').focus();
    await page.keyboard.press('End');
    await page.locator('[data-task="task-999"]:focus').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('task-51');
    await page.locator('[data-task="task-510"]').waitFor();
    assert.equal(await page.locator('[data-task]').count(), 11);
  });

  test('is used with the keyboard alone', async (t) => {
    const page = await openServed(t, browser(), await serve(t, { web: SLEEP, db: SLEEP }));
    await stateOf(page, 'web', 'stopped').waitFor();
    await page.keyboard.press('j');
    await page.locator('[data-task="web"]:focus').waitFor();
    await page.keyboard.press('j');
    await page.locator('[data-task="db"]:focus').waitFor();
    await page.keyboard.press('s');
    await stateOf(page, 'db', 'running').waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'db' }).waitFor();
    await page.keyboard.press('x');
    await page.locator('.task-head-line .state', { hasText: 'stopped' }).waitFor();
    await page.keyboard.press(']');
    await page.getByRole('columnheader', { name: 'Ended with' }).waitFor();
    await page.keyboard.press('Escape');
    await stateOf(page, 'db', 'stopped').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).getByText('Next task').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  test('a dead connection recovers and misses nothing', async (t) => {
    const { runner, listening } = await serve(t, { web: SLEEP, db: SLEEP });
    const cable = await layCable(t, listening.socket);
    const page = await openPage(t, browser(), cable.url, { expected: [/ERR_/] });
    await page.locator('.connection-connected').waitFor();
    cable.cut();
    await page.getByText('No connection for').waitFor();
    await runner.start('web');
    await runner.register({ name: 'late', ...SLEEP });
    await runner.remove('db');
    cable.mend();
    await stateOf(page, 'web', 'running').waitFor();
    await stateOf(page, 'late', 'stopped').waitFor();
    await page.locator('[data-task="db"]').waitFor({ state: 'detached' });
    await page.locator('.connection-connected').waitFor();
  });

  test('goes on with the next server at the same place, whose events begin anew', async (t) => {
    const first = await serve(t, { web: SLEEP });
    const cable = await layCable(t, first.listening.socket);
    const page = await openPage(t, browser(), cable.url, { expected: [/ERR_/] });
    await stateOf(page, 'web', 'stopped').waitFor();
    const second = await serve(t, { other: SLEEP });
    cable.cut();
    await page.getByText('No connection for').waitFor();
    cable.lead(second.listening.socket);
    cable.mend();
    await stateOf(page, 'other', 'stopped').waitFor();
    await page.locator('[data-task="web"]').waitFor({ state: 'detached' });
  });
});
