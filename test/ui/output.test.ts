/** The output of a task in a real browser: live, searched, scrolled back, and harmless whatever its bytes are. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { openPage, openServed, sharedBrowser, until } from '../rig/browser.ts';
import { layCable } from '../rig/daemon.ts';
import { sh, tempDir } from '../rig/project.ts';
import { serve, type Served } from '../rig/wire.ts';

const browser = sharedBrowser();

/** 10,000 lines a second, numbered, for ever. */
const BUSY = sh('i=1; while :; do seq $i $((i+999)); i=$((i+1000)); sleep 0.1; done');

/** A hundredth of it. */
const CALM = sh('i=1; while :; do seq $i $((i+9)); i=$((i+10)); sleep 0.1; done');

/** Number of the last line in sight. */
const LAST = `Number(document.querySelector('.lines .line:last-child .line-text')?.textContent)`;

/** Number of the first line that is drawn. */
const FIRST = `Number(document.querySelector('.lines .line .line-text').textContent)`;

const numbersIn = async (page: Page): Promise<number[]> => (await page.locator('.line .line-text').allInnerTexts()).map(Number);

/** Serves a task that wrote this and ended. */
async function serveWritten(t: TestContext, bytes: string): Promise<Served> {
  const file = join(tempDir(t), 'bytes');
  writeFileSync(file, bytes);
  const served = await serve(t, { job: { command: 'cat', args: [file] } });
  await served.runner.run('job');
  return served;
}

const numbered = (count: number): string => Array.from({ length: count }, (_, index) => `${index + 1}\n`).join('');

const line = (page: Page, text: string) => page.locator('.line .line-text', { hasText: new RegExp(`^${text}$`) });

suite('output', () => {
  test('shows what a busy task writes as it comes, and stands still while someone reads', async (t) => {
    const served = await serve(t, { busy: BUSY });
    await served.runner.start('busy');
    const page = await openServed(t, browser(), served, { hash: '#/tasks/busy' });
    await until(page, `${LAST} > 5000`);
    assert.ok((await page.locator('.line').count()) < 120, 'lines out of sight are drawn');
    await page.getByRole('button', { name: 'Live' }).click();
    const stood = await page.locator('.lines').innerText();
    const { stdout } = await served.runner.counters('busy');
    await served.runner.waitFor('busy', 'ready');
    await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))');
    assert.ok(stdout.read > 0);
    assert.equal(await page.locator('.lines').innerText(), stood);
    await page.getByRole('button', { name: 'Paused' }).click();
    await until(page, `${LAST} > ${Number(stood.trim().split(/\s/).at(-1)) + 1_000}`);
  });

  test('fetches what came before when someone scrolls there', async (t) => {
    const page = await openServed(t, browser(), await serveWritten(t, numbered(3_000)), { hash: '#/tasks/job' });
    await line(page, '3000').waitFor();
    await page.evaluate(`document.querySelector('.lines').scrollTop = 200`);
    await line(page, '2520').waitFor(); // where it was, with more above
    await until(page, `document.querySelector('.lines').scrollHeight > 18 * 2900`);
    await page.evaluate(`document.querySelector('.lines').scrollTop = 0`);
    await line(page, '1').waitFor();
  });

  test('finds a line that the page does not have, goes there and marks it', async (t) => {
    const served = await serveWritten(t, `${numbered(100)}a Needle here\n${numbered(9_000)}`);
    const page = await openServed(t, browser(), served, { hash: '#/tasks/job', expected: [/status of 400/] });
    await line(page, '9000').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('needle');
    await page.keyboard.press('Enter');
    await page.getByText('1 line', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'a Needle here' }).click();
    await page.locator('.line-target mark', { hasText: 'Needle' }).waitFor();
    await page.getByLabel('Search the whole output').fill('(');
    await page.getByRole('button', { name: 'Regular expression' }).click();
    await page.keyboard.press('/');
    await page.keyboard.press('Enter');
    await page.locator('.found .field-error').waitFor();
  });

  test('shows one stream, times, wraps, and saves the log', async (t) => {
    const served = await serve(t, { both: sh(`echo out; echo err >&2; printf '${'long '.repeat(200)}\\n'`) });
    await served.runner.run('both');
    const page = await openServed(t, browser(), served, { hash: '#/tasks/both' });
    await line(page, 'err').waitFor();
    await page.locator('.line-time').first().waitFor();
    await page.keyboard.press('t');
    await page.locator('.line-time').first().waitFor({ state: 'detached' });
    await page.keyboard.press('w');
    await page.locator('.lines-wrapped').waitFor();
    await page.getByRole('button', { name: 'stderr' }).click();
    await line(page, 'out').waitFor({ state: 'detached' });
    await line(page, 'err').waitFor();
    const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).click()]);
    assert.equal(saved.suggestedFilename(), 'both.stderr.log');
    assert.equal(readFileSync(await saved.path(), 'utf8'), 'err\n');
  });

  test('goes on after the last line where the connection broke, and misses none', async (t) => {
    const served = await serve(t, { calm: CALM });
    await served.runner.start('calm');
    const cable = await layCable(t, served.listening.socket);
    const page = await openPage(t, browser(), cable.url, { hash: '#/tasks/calm', expected: [/ERR_/] });
    await until(page, `${LAST} > 50`);
    cable.cut();
    await page.getByText('No connection for').waitFor();
    const broken = Number(await page.evaluate(LAST));
    cable.mend();
    await until(page, `${LAST} > ${broken + 20}`);
    await page.getByRole('button', { name: 'Live' }).click();
    const seen = new Set(await numbersIn(page));
    const last = Math.max(...seen);
    // Back by less than a view at a time, to where it broke.
    for (let first = Math.min(...seen); first > broken - 10; first = Math.min(...seen)) {
      await page.evaluate(`document.querySelector('.lines').scrollTop -= 300`);
      await until(page, `${FIRST} < ${first}`);
      for (const number of await numbersIn(page)) seen.add(number);
    }
    const expected = Array.from({ length: last - broken }, (_, index) => broken + 1 + index);
    assert.deepEqual(
      expected.filter((number) => !seen.has(number)),
      [],
    );
  });

  test('case 70: whatever bytes a task writes, they are shown as text', async (t) => {
    const hostile = [
      '<script>window.isHacked = 1</script>',
      '</pre></div><img src="x" onerror="window.isHacked = 1">',
      '\u001b]8;;javascript:window.isHacked=1\u0007click\u001b]8;;\u0007',
      'left \u202e right',
      `${'\u001b[31m'.repeat(1_000_000)}red`,
      'over\rwritten',
      'nul \0 byte',
      'data: {"task":"job"}',
      'id: 99',
      '',
      'event: end',
      'the last line',
    ];
    const page = await openServed(t, browser(), await serveWritten(t, `${hostile.join('\n')}\n`), { hash: '#/tasks/job' });
    await line(page, 'the last line').waitFor();
    const shown = await page.locator('.line-text').allTextContents();
    assert.deepEqual(
      shown.map((text) => text.replace(/^.*… the rest of the line is in the log file$/s, 'truncated')),
      [
        hostile[0],
        hostile[1],
        '␛]8;;javascript:window.isHacked=1␇click␛]8;;␇',
        'left <U+202E> right',
        'truncated',
        'over␍written',
        'nul ␀ byte',
        ...hostile.slice(7),
      ],
    );
    assert.equal(await page.evaluate(`document.querySelectorAll('.lines :is(script, img, a, pre)').length`), 0);
    assert.equal(await page.evaluate('window.isHacked'), undefined);
  });
});
