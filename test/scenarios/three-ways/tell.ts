/** Has every story happen by one way: on one runner, in which each has tasks of its own. */
import { test } from 'node:test';
import { SCENARIOS } from './scenarios.ts';
import type { Way } from './way.ts';

/** What holds by one way holds by all. */
export function tellAllBy(way: Way): void {
  test(`by ${way.title}`, async (t) => {
    const hands = await way.open(t);
    for (const [title, scenario] of Object.entries(SCENARIOS)) await t.test(title, async (each) => scenario(hands, each));
  });
}
