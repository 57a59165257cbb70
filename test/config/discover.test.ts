/** Which files are the configuration of a project. */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';
import { discoverConfig } from '../../src/config/discover.ts';
import { loadConfig } from '../../src/config/load.ts';
import { failureOf, folder } from './project.ts';

let root = '';
let count = 0;

/** Makes folders and empty files below a fresh root; a path that ends in a slash is a folder. */
function tree(...paths: readonly string[]): void {
  for (const path of paths) {
    const full = join(root, path);
    mkdirSync(path.endsWith('/') ? full : join(full, '..'), { recursive: true });
    if (!path.endsWith('/')) writeFileSync(full, '');
  }
}

beforeEach(() => {
  count += 1;
  root = join(folder, `tree${count}`);
  mkdirSync(root);
});

const search = (cwd: string, home?: string): Promise<string[]> =>
  discoverConfig({ cwd: join(root, cwd), env: {}, home: home === undefined ? undefined : join(root, home) });

test('files that are named win over everything, in their order, relative to the folder', async () => {
  tree('dirigent.toml');
  const options = { cwd: root, env: { DIRIGENT_CONFIG: '/x.toml' }, home: root };
  assert.deepEqual(await discoverConfig({ ...options, explicit: ['b.toml', '/a.toml'] }), [join(root, 'b.toml'), '/a.toml']);
});

test('DIRIGENT_CONFIG is a list of paths, and wins over a file that is there', async () => {
  tree('dirigent.toml');
  assert.deepEqual(await discoverConfig({ cwd: root, env: { DIRIGENT_CONFIG: 'a.toml::/b.toml:' } }), [join(root, 'a.toml'), '/b.toml']);
  assert.deepEqual(await discoverConfig({ cwd: root, env: { DIRIGENT_CONFIG: '' } }), [join(root, 'dirigent.toml')]);
});

test('the nearest dirigent.toml at or above the folder is found', async () => {
  tree('dirigent.toml', 'a/dirigent.toml', 'a/b/c/', '.git/');
  assert.deepEqual(await search('a/b/c'), [join(root, 'a/dirigent.toml')]);
  assert.deepEqual(await search(''), [join(root, 'dirigent.toml')]);
});

test('the search includes the root of the repository and ends there', async () => {
  tree('dirigent.toml', 'repo/.git/', 'repo/a/', 'other/.git', 'other/dirigent.toml', 'other/a/');
  assert.deepEqual(await search('repo/a'), []);
  assert.deepEqual(await search('other/a'), [join(root, 'other/dirigent.toml')], 'in a worktree .git is a file');
});

test('the search includes home and ends there', async () => {
  tree('dirigent.toml', 'home/me/project/', 'home/you/dirigent.toml', 'home/you/project/');
  assert.deepEqual(await search('home/me/project', 'home/me'), []);
  assert.deepEqual(await search('home/you/project', 'home/you/'), [join(root, 'home/you/dirigent.toml')]);
});

test('outside repository and home the search goes on upwards', async () => {
  tree('dirigent.toml', 'srv/app/', 'home/');
  assert.deepEqual(await search('srv/app', 'home'), [join(root, 'dirigent.toml')]);
});

test('a link that leads nowhere is found and refused when loaded, not passed over', async () => {
  tree('dirigent.toml', 'a/');
  symlinkSync('missing.toml', join(root, 'a/dirigent.toml'));
  const files = await search('a');
  assert.deepEqual(files, [join(root, 'a/dirigent.toml')]);
  const { problems } = await failureOf(loadConfig({ files, env: {} }));
  assert.equal(problems[0]?.message, 'expected a file, got nothing there');
});
