/** The inspector in a browser, as one works with it: events sent, recordings saved and opened, texts of others, small and dark screens. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { suite, test, type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { createActor, createMachine, fromCallback } from 'xstate';
import { createInspector } from '../../src/inspector/index.ts';
import { mediaPlayerMachine } from '../fixtures/machines/media-player.ts';
import { assertAccessible, openPage, sharedBrowser } from '../rig/browser.ts';
import { atEnd } from '../rig/cleanup.ts';
import { chooseActor, inspectFor, openInspector, untilLit, untilShown } from '../rig/inspected.ts';

const browser = sharedBrowser();

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'recordings-'));
  atEnd(t, () => rmSync(folder, { recursive: true }));
  return folder;
}

/** Saves a recording by the dialog. @returns its file */
async function save(page: Page, format: RegExp, file: string): Promise<string> {
  await page.getByRole('button', { name: 'Save …' }).click();
  await page.getByRole('radio', { name: format }).check();
  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await (await coming).saveAs(file);
  return file;
}

suite('with the inspector', () => {
  test('one sends events that the machine reacts to, and is told beside the field what is wrong with one', async (t) => {
    const inspector = inspectFor(t, { allowSend: true });
    const player = createActor(mediaPlayerMachine, { inspect: inspector.inspect }).start();
    atEnd(t, () => player.stop());
    const page = await openInspector(t, browser(), inspector);
    await chooseActor(page, 'player');
    const form = page.getByRole('form', { name: 'Send an event' });
    assert.deepEqual(await page.evaluate(`[...document.querySelectorAll('datalist option')].map(({ value }) => value)`), ['power']);
    await form.getByLabel('Event').fill('power');
    await form.getByLabel('With (JSON)').fill('{ "by": ');
    await form.getByLabel('With (JSON)').press('Tab');
    await page.keyboard.press('Enter');
    await form.getByRole('alert').filter({ hasText: 'This is no JSON' }).waitFor();
    assert.equal(await form.getByLabel('With (JSON)').getAttribute('aria-invalid'), 'true');
    await form.getByLabel('With (JSON)').fill('{ "by": "me" }');
    await form.getByRole('button', { name: 'Send' }).click();
    await untilLit(page, 'player.on.picture.paused');
    assert.deepEqual(player.getSnapshot().value, { on: { picture: 'paused', sound: 'normal', subtitles: 'hidden' } });
    await page.getByRole('option', { name: /power → on\.picture\.paused/ }).waitFor();
  });

  test('one saves a recording as lines and as a page, and opens both, and steps through them', async (t) => {
    const folder = folderFor(t);
    const inspector = inspectFor(t);
    const player = createActor(mediaPlayerMachine, { inspect: inspector.inspect }).start();
    for (const type of ['power', 'play', 'mute'] as const) player.send({ type });
    const page = await openInspector(t, browser(), inspector);
    await chooseActor(page, 'player');
    const [html, ndjson] = [
      await save(page, /A page/, join(folder, 'a.html')),
      await save(page, /Lines of JSON/, join(folder, 'a.ndjson')),
    ];
    player.stop();

    for (const file of [html, ndjson]) {
      await page.getByLabel('Recording').setInputFiles(file);
      await page.getByRole('button', { name: /Close the recording/ }).waitFor();
      await untilLit(page, 'player.on.sound.muted');
      await page.getByRole('button', { name: 'Step back' }).click();
      await page.getByRole('button', { name: 'Step back' }).click();
      await untilLit(page, 'player.on.sound.normal');
      await page.getByRole('button', { name: /Close the recording/ }).click();
      await page.locator('.chart-ended').first().waitFor();
    }

    await page.evaluate(`(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(['not a recording'], 'wrong.ndjson'));
      document.querySelector('.insp-view').dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    })()`);
    await page.getByRole('alert').filter({ hasText: 'wrong.ndjson was not opened. Line 1 is no JSON' }).waitFor();

    const alone = await openPage(t, browser(), pathToFileURL(folder).href, { hash: 'a.html', scheme: 'dark' });
    await untilLit(alone, 'player.on.sound.muted');
    await alone.getByRole('button', { name: 'Step back' }).click();
    await alone.getByRole('button', { name: 'Step back' }).click();
    await untilLit(alone, 'player.on.sound.normal');
    await assertAccessible(alone);
  });

  test('one sees what others wrote as text, whatever it is', async (t) => {
    const hostile = '<script>document.title="caught"</script><img src=x onerror=alert(1)>';
    const turned = 'a\u202Ecod.exe';
    const machine = createMachine({
      id: hostile,
      description: hostile,
      context: { [hostile]: hostile, name: turned },
      initial: 'a',
      states: { a: { description: hostile, on: { [turned]: 'b' } }, b: {} },
    });
    const inspector = inspectFor(t);
    const actor = createActor(machine, { inspect: inspector.inspect, id: hostile }).start();
    atEnd(t, () => actor.stop());
    actor.send({ type: turned });
    actor.send({ type: '</script><script>alert(2)</script>' });
    const page = await openInspector(t, browser(), inspector);
    await page.locator('.chart-lit').waitFor();
    await page.getByRole('option', { name: 'a\\u202ecod.exe → b' }).waitFor();
    await page.getByRole('option', { name: '<script>alert(2)</script>' }).waitFor();
    await page.getByText('"a\\u202ecod.exe"').first().waitFor();
    const file = await save(page, /A page/, join(folderFor(t), 'hostile.html'));
    const alone = await openPage(t, browser(), pathToFileURL(join(file, '..')).href, { hash: 'hostile.html' });
    await alone.locator('.chart-lit').waitFor();
    for (const each of [page, alone]) {
      assert.equal(await each.locator('main img, main script').count(), 0);
      assert.doesNotMatch(await each.title(), /caught/);
      assert.equal(await each.evaluate('document.body.innerText.includes("\\u202e")'), false);
    }
  });

  for (const scheme of ['light', 'dark'] as const) {
    test(`nobody is kept out of any of its views, ${scheme}, nor on a narrow screen`, async (t) => {
      const inspector = createInspector({ name: 'test', allowSend: true, onFault: assert.ifError });
      atEnd(t, () => inspector.close());
      const player = createActor(mediaPlayerMachine, { inspect: inspector.inspect }).start();
      atEnd(t, () => player.stop());
      for (const type of ['power', 'play', 'ended', 'pause', 'louder'] as const) player.send({ type });
      const bell = createActor(
        fromCallback(() => undefined),
        { id: 'bell', inspect: inspector.inspect },
      ).start();
      atEnd(t, () => bell.stop());
      const page = await openInspector(t, browser(), inspector, { scheme });
      await page.getByRole('treeitem', { name: /^bell/ }).click();
      await page.getByText('This actor is no state machine').waitFor();
      await assertAccessible(page);
      await page.getByRole('treeitem', { name: /^player/ }).click();
      await untilShown(page, player);
      await assertAccessible(page);
      await page.getByRole('button', { name: 'Sequence' }).click();
      await page.getByRole('button', { name: 'Step back' }).click();
      await page.getByRole('img', { name: /^Sequence diagram/ }).waitFor();
      await assertAccessible(page);
      await page.getByRole('button', { name: 'Save …' }).click();
      await page.getByRole('dialog', { name: 'Save a recording' }).waitFor();
      await assertAccessible(page);
      await page.keyboard.press('Escape');
      await page.setViewportSize({ width: 360, height: 740 });
      await assertAccessible(page);
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 360);
    });
  }
});
