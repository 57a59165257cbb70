/** Actors under an inspector whose page a browser looks at: what is served, and what the page shows of a chart. Waits for facts alone. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { AnyActorRef, AnyMachineSnapshot } from 'xstate';
import { createInspector, type Inspector, type InspectorOptions } from '../../src/inspector/index.ts';
import type { GraphNode, MachineGraph } from '../../src/trace/graph.ts';
import { openPage, type View } from './browser.ts';
import { atEnd } from './cleanup.ts';

/** An inspector that ends with the test; a fault of its own fails it. */
export function inspectFor(t: TestContext, options: InspectorOptions = {}): Inspector {
  const inspector = createInspector({ name: 'test', onFault: assert.ifError, ...options });
  atEnd(t, () => inspector.close());
  return inspector;
}

/** Opens the page of an inspector by its ticket, and waits until it shows actors. */
export async function openInspector(t: TestContext, browser: Browser, inspector: Inspector, view: View = {}): Promise<Page> {
  const { url } = await inspector.listen();
  const { origin, hash } = new URL(url);
  const page = await openPage(t, browser, origin, { ...view, hash });
  await page.getByRole('treeitem').first().waitFor();
  return page;
}

/** Chooses an actor of the tree, and waits until its chart is drawn. */
export async function chooseActor(page: Page, name: string): Promise<void> {
  await page.getByRole('treeitem', { name: new RegExp(`^${name}\\b`) }).click();
  await page.getByRole('img', { name: new RegExp(`^${name} is in`) }).waitFor();
}

/** Waits until these states are the active ones of the chart: all that a machine can be in at once, so that no other one can be active besides. */
export async function untilActive(page: Page, ids: readonly string[]): Promise<void> {
  for (const id of ids) await page.locator(`.chart-active[data-state="${id}"]`).waitFor();
  assert.equal(await page.locator('.chart-active').count(), ids.length);
}

/** Waits until the chart shows what XState says of an actor: its states, or that it ended. */
export async function untilShown(page: Page, actor: AnyActorRef): Promise<void> {
  const { _nodes, status }: AnyMachineSnapshot = actor.getSnapshot();
  await untilActive(
    page,
    _nodes.map(({ id }) => id),
  );
  await page
    .locator(status === 'active' ? '.chart-state:not(.chart-ended)' : '.chart-ended')
    .first()
    .waitFor();
}

/** Waits until the innermost active state has this id, alone or among others. */
export const untilLit = (page: Page, id: string): Promise<void> => page.locator(`.chart-lit[data-state="${id}"]`).waitFor();

/** Asserts that the chart has every state of a machine, and every transition. */
export async function assertWhole(page: Page, { root, transitions }: MachineGraph): Promise<void> {
  const idsOf = async (attribute: string): Promise<string[]> =>
    (
      await page.evaluate<string[]>(
        `[...document.querySelectorAll('.insp-svg [data-${attribute}]')].map((each) => each.dataset.${attribute})`,
      )
    ).sort();
  assert.deepEqual(await idsOf('state'), statesOf(root).sort());
  const drawn = new Set(await idsOf('transition'));
  assert.deepEqual([...drawn].sort(), transitions.map(({ id }) => id).sort());
}

const statesOf = ({ id, children }: GraphNode): string[] => [id, ...children.flatMap(statesOf)];
