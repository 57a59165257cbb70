/** The inspector in a browser, on actors that are not ours: what it shows of them as they go, and at earlier moments. */
import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import {
  createActor,
  createMachine,
  fromPromise,
  setup,
  SimulatedClock,
  spawnChild,
  type AnyActorRef,
  type AnyMachineSnapshot,
} from 'xstate';
import type { Inspector } from '../../src/inspector/index.ts';
import { toGraph } from '../../src/trace/graph.ts';
import { crossingMachine } from '../fixtures/machines/crossing.ts';
import { mediaPlayerMachine } from '../fixtures/machines/media-player.ts';
import { bookingMachine, tripMachine } from '../fixtures/machines/trip.ts';
import { assertAccessible, sharedBrowser } from '../rig/browser.ts';
import { atEnd } from '../rig/cleanup.ts';
import { assertWhole, chooseActor, inspectFor, openInspector, untilActive, untilLit, untilShown } from '../rig/inspected.ts';

const browser = sharedBrowser();

function startPlayer(t: TestContext, { inspect }: Inspector): ReturnType<typeof createActor<typeof mediaPlayerMachine>> {
  const player = createActor(mediaPlayerMachine, { inspect }).start();
  atEnd(t, () => player.stop());
  return player;
}

suite('the inspector', () => {
  test('draws machines of others whole and lights what is active in them, with nothing fetched from outside', async (t) => {
    const inspector = inspectFor(t);
    const clock = new SimulatedClock();
    const crossing = createActor(crossingMachine, { inspect: inspector.inspect, clock }).start();
    const player = startPlayer(t, inspector);
    let answer: (connections: readonly string[]) => void = () => undefined;
    const lookUp = fromPromise<readonly string[], { readonly to: string }>(
      () => new Promise<readonly string[]>((resolve) => (answer = resolve)),
    );
    const trip = createActor(tripMachine.provide({ actors: { lookUp } }), { inspect: inspector.inspect }).start();
    atEnd(t, () => [crossing, trip].map((actor) => actor.stop()));
    const page = await openInspector(t, browser(), inspector);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.reload();
    await seeCrossing(page, crossing, clock);
    await seePlayer(page, player);
    await seeTrip(page, trip, () => answer(['9:00']));
    const { origin } = new URL(page.url());
    assert.ok(asked.length > 0);
    assert.deepEqual(
      asked.filter((url) => !url.startsWith(`${origin}/`)),
      [],
      'requests to elsewhere',
    );
  });

  test('goes back to earlier moments, by keys and by the list, and says why an event changed nothing', async (t) => {
    const inspector = inspectFor(t);
    const player = startPlayer(t, inspector);
    const page = await openInspector(t, browser(), inspector);
    for (const type of ['power', 'play', 'ended', 'pause'] as const) player.send({ type });
    await untilShown(page, player);
    const events = page.getByRole('listbox', { name: 'Events' });
    await events.getByRole('option', { name: /player pause/ }).waitFor();

    await events.focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    await untilLit(page, 'player.on.picture.over');
    await events.getByRole('option', { name: /player ended/, selected: true }).waitFor();
    await page.locator('.chart-taken [data-transition="player.on.picture.playing|ended|0"]').first().waitFor();

    await events
      .getByRole('option', { name: /player pause ignored: no active state reacts to it; .*player\.on\.picture\.playing/ })
      .click();
    await untilLit(page, 'player.on.picture.over');
    await events.getByRole('option', { name: /player power/ }).click();
    await untilLit(page, 'player.on.picture.paused');
    player.send({ type: 'kiosk' });
    await page.keyboard.press('Escape');
    await untilShown(page, player);

    await page.getByRole('button', { name: 'To the beginning' }).click();
    await page.getByText('No actor was seen yet.').waitFor();
  });

  test('finds actors and events by what they are called, and walks through the tree by keys', async (t) => {
    const inspector = inspectFor(t);
    const leaf = createMachine({ id: 'leaf', initial: 'calm', states: { calm: { on: { stir: 'moved' } }, moved: {} } });
    const forest = setup({ actors: { leaf } }).createMachine({
      id: 'forest',
      entry: Array.from({ length: 1000 }, (_, index) => spawnChild('leaf', { id: `leaf-${index}` })),
    });
    const root = createActor(forest, { inspect: inspector.inspect }).start();
    atEnd(t, () => root.stop());
    const page = await openInspector(t, browser(), inspector);
    const tree = page.getByRole('tree', { name: 'Actors' });
    await tree.getByRole('treeitem', { name: /^leaf-0\b/ }).waitFor();
    assert.equal(await tree.getByRole('treeitem', { name: /^leaf-0\b/ }).getAttribute('aria-setsize'), '1000');
    assert.ok((await tree.getByRole('treeitem').count()) < 100, 'as many rows are rendered as are in sight');

    await tree.focus();
    await page.keyboard.press('End');
    await tree.getByRole('treeitem', { name: /^leaf-999\b/, selected: true }).waitFor();
    await page.keyboard.press('ArrowLeft');
    await tree.getByRole('treeitem', { name: /^forest\b/, selected: true }).waitFor();
    await page.keyboard.press('ArrowLeft');
    await tree.getByRole('treeitem', { name: /^forest\b/, expanded: false }).waitFor();

    await page.getByRole('searchbox', { name: 'Filter actors' }).fill('leaf-73');
    await tree.getByRole('treeitem', { name: /^leaf-737\b/ }).click();
    (root.getSnapshot().children['leaf-737'] as AnyActorRef).send({ type: 'stir' });
    await untilActive(page, ['leaf', 'leaf.moved']);
    await page.getByRole('searchbox', { name: 'Filter events by type' }).fill('stir');
    await page.getByRole('option', { name: /leaf-737 stir → moved/ }).waitFor();
    await assertAccessible(page);
  });
});

async function seeCrossing(page: Page, crossing: AnyActorRef, clock: SimulatedClock): Promise<void> {
  await chooseActor(page, 'crossing');
  await assertWhole(page, toGraph(crossingMachine));
  for (const ms of [3000, 700, 2000, 400]) {
    await untilShown(page, crossing);
    clock.increment(ms);
  }
  await untilShown(page, crossing);
}

async function seePlayer(page: Page, player: AnyActorRef): Promise<void> {
  await chooseActor(page, 'player');
  await assertWhole(page, toGraph(mediaPlayerMachine));
  for (const type of ['power', 'play', 'mute', 'power', 'power']) {
    player.send({ type });
    await untilShown(page, player);
  }
}

async function seeTrip(page: Page, trip: AnyActorRef, answer: () => void): Promise<void> {
  await chooseActor(page, 'trip');
  await assertWhole(page, toGraph(tripMachine));
  trip.send({ type: 'search', to: 'Delft' });
  await untilShown(page, trip);
  answer();
  await untilLit(page, 'trip.choosing');
  trip.send({ type: 'choose', connection: '9:00' });
  await untilShown(page, trip);
  await chooseActor(page, 'seat');
  await assertWhole(page, toGraph(bookingMachine));
  (trip.getSnapshot() as AnyMachineSnapshot).children['seat']?.send({ type: 'paid' });
  await chooseActor(page, 'trip');
  await untilShown(page, trip);
}
