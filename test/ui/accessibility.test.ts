/** Every view of tasks and configuration, light and dark: axe finds nothing in it, and a narrow screen need not be scrolled sideways. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Page } from 'playwright-core';
import { assertAccessible, openServed, sharedBrowser } from '../rig/browser.ts';
import { sh } from '../rig/project.ts';
import { serve } from '../rig/wire.ts';

const browser = sharedBrowser();

const TASKS = {
  db: { command: 'sleep', args: ['1000'] },
  api: { ...sh(`printf '\\033[31mred\\033[0m \\033[7minverse\\033[0m\\n'; echo err >&2; exec sleep 1000`), dependsOn: ['db'] },
  broken: { command: '/no/such/program' },
};

/** The address of each view, and what is there once it is drawn. */
const VIEWS = [
  ['#/tasks', '[data-task="api"] .cell-memory .figure'],
  ['#/tasks/api', '.line-stderr'],
  ['#/tasks/broken/runs', 'tbody td'],
  ['#/tasks/api/why', '.reasons li'],
  ['#/tasks/api/dependencies', '.tree li'],
  ['#/tasks/api/definition', '.definition td'],
  ['#/configuration', '.definitions td'],
  ['#/configuration/new', '.field'],
] as const;

async function goTo(page: Page, [hash, sign]: readonly [string, string]): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  await page.locator(sign).first().waitFor();
}

suite('every view', () => {
  for (const scheme of ['light', 'dark'] as const)
    test(`keeps nobody out, ${scheme}`, async (t) => {
      const served = await serve(t, TASKS, { allowDefine: true });
      await served.runner.start('api');
      await assert.rejects(served.runner.start('broken'));
      await served.runner.register({ name: 'mine', command: 'true' }, { persist: true });
      const page = await openServed(t, browser(), served, { scheme });
      for (const view of VIEWS) {
        await goTo(page, view);
        await assertAccessible(page);
      }
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
      await assertAccessible(page);
      await page.keyboard.press('Escape');
      await goTo(page, ['#/configuration', '.definitions td']);
      await page.getByRole('button', { name: 'Delete mine' }).click();
      await page.getByRole('dialog').waitFor();
      await assertAccessible(page);
      await page.keyboard.press('Escape');
      await page.getByRole('link', { name: 'Edit mine' }).click();
      await page.getByRole('button', { name: 'Save' }).waitFor();
      await assertAccessible(page);
    });

  test('fits a narrow screen, and asks for the token where there is none', async (t) => {
    const served = await serve(t, TASKS, { allowDefine: true });
    await served.runner.start('api');
    await assert.rejects(served.runner.start('broken'));
    const size = { width: 360, height: 640 };
    const page = await openServed(t, browser(), { ...served, token: 'wrong' }, { size, expected: [/status of 401/] });
    await page.getByLabel('Token of the daemon').waitFor();
    await assertAccessible(page);
    await page.getByLabel('Token of the daemon').fill(served.token);
    await page.keyboard.press('Enter');
    await page.locator('[data-task="api"]').waitFor();
    for (const [hash, sign] of VIEWS.slice(1)) {
      await goTo(page, [hash, sign]);
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), size.width, hash);
    }
  });
});
