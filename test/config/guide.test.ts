/** The configurations shown in the guide on dependencies are taken as they stand. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { REPOSITORY } from '../tidy/tree.ts';
import { failureOf, loadText } from './project.ts';

const guide = readFileSync(join(REPOSITORY, 'docs/guide/dependencies.md'), 'utf8');
const blocks = [...guide.matchAll(/```toml\n([^]*?)```/g)].map((match) => match[1] ?? '');

test('every configuration of the guide loads', async () => {
  assert.equal(blocks.length, 3);
  for (const block of blocks) assert.ok((await loadText(block)).tasks.length > 1, block);
});

test('the message that the guide shows is the one that is told', async () => {
  const task = (name: string, other: string): string => `[[tasks]]\nname = "${name}"\ncommand = "x"\ndepends_on = ["${other}"]\n`;
  const { message } = await failureOf(loadText(`${task('web', 'db')}\n${task('db', 'web')}`));
  const shown = /^dirigent\.toml:.*got a cycle.*$/m;
  assert.equal(shown.exec(message)?.[0], shown.exec(guide)?.[0]);
});
