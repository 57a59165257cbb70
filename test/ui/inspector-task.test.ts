/** The inspector in a browser, on real tasks: their chart follows them as they start, crash, wait and start again. */
import { suite, test } from 'node:test';
import { sh } from '../rig/project.ts';
import { openServed, sharedBrowser } from '../rig/browser.ts';
import { chooseActor, untilLit } from '../rig/inspected.ts';
import { createGate } from '../rig/project.ts';
import { serve } from '../rig/wire.ts';

const browser = sharedBrowser();

suite('the inspector of a runner', () => {
  test('lights the states of a task through its start, crash, backoff and restart', async (t) => {
    const gate = createGate(t);
    const crash = { ...sh(`read go <"${gate.path}"; exit 3`), restart: 'on-failure', restartDelay: '1h' } as const;
    const served = await serve(t, { web: crash });
    const { runner } = served;
    const page = await openServed(t, browser(), served, { hash: '#/inspector/dirigent%2Fservices%2Ftask-runner%2Fweb' });
    await untilLit(page, 'task.stopped.idle');
    await runner.start('web');
    await untilLit(page, 'task.running.up.ready');
    gate.open();
    await untilLit(page, 'task.finished.backingOff');
    await page.getByRole('treeitem', { name: /^web\b.*finished\.backingOff/, selected: true }).waitFor();
    await runner.start('web');
    await untilLit(page, 'task.running.up.ready');
    await runner.stop('web');
    await untilLit(page, 'task.stopped.idle');

    // Each life of the process has the same lane.
    await page.getByRole('button', { name: 'Sequence' }).click();
    await page.getByRole('img', { name: /^Sequence diagram of \d+ events between 4 lanes/ }).waitFor();
  });

  test('goes back to a restart that nobody saw, and tells what made it', async (t) => {
    const served = await serve(t, { flaky: { ...sh('exit 3'), restart: 'on-failure', restartDelay: '1ms', maxRestarts: 1 } });
    const ended = served.runner.waitFor('flaky', 'failed');
    const page = await openServed(t, browser(), served, { hash: '#/inspector' });
    await page.getByRole('treeitem', { name: /^flaky\b/ }).waitFor();
    await served.runner.start('flaky');
    await ended;
    await chooseActor(page, 'flaky');
    const events = page.getByRole('listbox', { name: 'Events' });
    await events.getByRole('option', { name: /itself → flaky after restartDelay/ }).click();
    await untilLit(page, 'task.running.starting');
    await page.locator('.chart-taken [data-transition^="task.finished.backingOff|xstate.after.restartDelay"]').first().waitFor();
    await page.getByLabel('this actor only').check();
    await events.focus();
    await page.keyboard.press('ArrowUp');
    await untilLit(page, 'task.finished.backingOff');
    await page.keyboard.press('Escape');
    await untilLit(page, 'task.failed.settled');
  });
});
