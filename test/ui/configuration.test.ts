/** The configuration in a real browser: a task is created, changed and deleted, and what is wrong stands beside its field. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { listen } from '../../src/http/index.ts';
import { openPage, openServed, sharedBrowser } from '../rig/browser.ts';
import { atEnd } from '../rig/cleanup.ts';
import { openRunner, tempDir } from '../rig/project.ts';
import { serve } from '../rig/wire.ts';
import { layCable } from '../rig/daemon.ts';

const browser = sharedBrowser();

suite('the configuration', () => {
  test('creates a task, with an error on the way, changes it and deletes it', async (t) => {
    const served = await serve(t, {}, { allowDefine: true });
    const page = await openServed(t, browser(), served, { hash: '#/configuration', expected: [/status of 400/] });
    await page.getByRole('link', { name: 'New task' }).click();
    await page.getByLabel(/^name/).fill('greeter');
    await page.getByLabel(/^command/).fill('echo');
    await page.getByLabel('args').fill('hello\nthere');
    await page.getByLabel('env', { exact: true }).fill('GREETING=secret');
    await page.getByText('Restarts', { exact: true }).click();
    await page.getByLabel('restart_delay').fill('soon');
    await page.getByRole('button', { name: 'Create' }).click();
    await page
      .locator('.field', { has: page.getByText('restart_delay', { exact: true }) })
      .getByText(/^expected a duration/)
      .waitFor();
    await page.locator('input:focus[aria-invalid="true"]').waitFor();
    await page.getByLabel('restart_delay').fill('2s');
    assert.match(
      await page.locator('.toml pre').innerText(),
      /^\[\[tasks\]\]\nname = "greeter"\ncommand = "echo"\nargs = \["hello", "there"\]\n/,
    );
    assert.match(await page.locator('.toml pre').innerText(), /^restart_delay = "2s"$/m);
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('rowheader', { name: 'greeter' }).waitFor();
    const { definition, origin } = served.runner.getTask('greeter');
    assert.deepEqual([origin, definition.args, definition.restartDelay, definition.env], ['api', ['hello', 'there'], 2_000, ['GREETING']]);

    await page.getByRole('link', { name: 'Edit greeter' }).click();
    assert.equal(await page.getByLabel('env', { exact: true }).inputValue(), 'GREETING');
    await page.getByLabel('env', { exact: true }).fill('GREETING\nMORE=1');
    await page.getByLabel('title').fill('Says hello');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('rowheader', { name: 'greeter' }).waitFor();
    const changed = served.runner.getTask('greeter').definition;
    assert.deepEqual([changed.title, changed.env, changed.restartDelay], ['Says hello', ['GREETING', 'MORE'], 2_000]);

    await page.getByRole('button', { name: 'Delete greeter' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('There are no tasks yet.').waitFor();
    assert.deepEqual(served.runner.listTasks(), []);
  });

  test('says what a table cannot be read as, before anything is sent', async (t) => {
    const page = await openServed(t, browser(), await serve(t, {}, { allowDefine: true }), { hash: '#/configuration/new' });
    await page.getByLabel(/^name/).fill('web');
    await page.getByText('Readiness', { exact: true }).click();
    await page.getByLabel('ready').fill('tcp = 127.0.0.1');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.locator('textarea:focus[aria-invalid="true"]').waitFor();
  });

  test('shows where a file defines a task, which is changed there alone', async (t) => {
    const dir = tempDir(t);
    const config = join(dir, 'dirigent.toml');
    writeFileSync(config, '\n[[tasks]]\nname = "web"\ncommand = "sleep"\n');
    const runner = await openRunner(t, {}, { config, dataDir: join(dir, 'data') });
    const listening = await listen(runner);
    atEnd(t, () => listening.close());
    const cable = await layCable(t, listening.socket);
    const page = await openPage(t, browser(), cable.url, { hash: '#/configuration' });
    await page.getByText(`${config}:2`).waitFor();
    await page.getByText('in the file').waitFor();
    assert.equal(await page.getByRole('link', { name: 'Edit web' }).count(), 0);
  });

  test('defines nothing over TCP where that is not allowed, and says where it is', async (t) => {
    const page = await openServed(t, browser(), await serve(t), { hash: '#/configuration' });
    await page.getByText('allow_define = true').waitFor();
    assert.equal(await page.getByRole('link', { name: 'New task' }).count(), 0);
  });
});
