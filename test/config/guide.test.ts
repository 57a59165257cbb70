/** The configurations shown in the guide are taken as they stand. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { REPOSITORY } from '../tidy/tree.ts';
import { failureOf, loadText } from './project.ts';

const GUIDE = join(REPOSITORY, 'docs/guide');
const readPage = (name: string): string => readFileSync(join(GUIDE, name), 'utf8');
const blocksOf = (page: string): string[] => [...page.matchAll(/```toml\n([^]*?)```/g)].map((match) => match[1] ?? '');

for (const name of readdirSync(GUIDE)) {
  const blocks = blocksOf(readPage(name));
  if (blocks.length === 0) continue;
  test(`every configuration of ${name} loads`, async () => {
    for (const block of blocks) {
      const { tasks, api } = await loadText(block);
      assert.ok(tasks.length > 0 || api.listen !== null, block);
    }
  });
}

test('the messages on probes and schedules that the guide shows are those that are told', async () => {
  const task = (line: string): string => `[[tasks]]\nname = "web"\ncommand = "./web"\n${line}\n`;
  const problems = [
    ['probes.md', `ready = { log = '^ready(?=!)' }`],
    ['schedules.md', 'schedule = "0 0 31 2 *"'],
  ] as const;
  for (const [page, line] of problems) {
    const { message } = await failureOf(loadText(task(line)));
    const shown = /^p\.toml(:4:.*)$/m.exec(readPage(page))?.[1];
    assert.equal(/^dirigent\.toml(:4:.*)$/m.exec(message)?.[1], shown ?? 'the page shows none');
  }
});

test('the message that the guide shows is the one that is told', async () => {
  const task = (name: string, other: string): string => `[[tasks]]\nname = "${name}"\ncommand = "x"\ndepends_on = ["${other}"]\n`;
  const { message } = await failureOf(loadText(`${task('web', 'db')}\n${task('db', 'web')}`));
  const shown = /^dirigent\.toml:.*got a cycle.*$/m;
  assert.equal(shown.exec(message)?.[0], shown.exec(readPage('dependencies.md'))?.[0] ?? 'the page shows none');
});
