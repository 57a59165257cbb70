/** Which data directory a project has. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { resolveDataDir } from '../../src/config/data-dir.ts';
import { loadConfig } from '../../src/config/load.ts';
import { TaskError } from '../../src/errors.ts';
import { folder, write } from './project.ts';

const files = [write('dirigent.toml', ''), write('over.toml', '')];
const runner = { name: null, dataDir: null, shutdownTimeout: 0, keepRuns: 50, history: 16_777_216 };
const hash = createHash('sha256').update(join(folder, 'dirigent.toml')).digest('hex').slice(0, 8);
const before = process.env['XDG_DATA_HOME'];

afterEach(() => {
  if (before === undefined) delete process.env['XDG_DATA_HOME'];
  else process.env['XDG_DATA_HOME'] = before;
});

test("the order is: named, DIRIGENT_DATA_DIR, [runner] data_dir, the project's own", async () => {
  const all = {
    explicit: 'named',
    env: { DIRIGENT_DATA_DIR: '/from-env' },
    config: { files, runner: { ...runner, dataDir: '/from-file' } },
    cwd: '/here',
    projectsDir: '/projects',
  };
  assert.equal(await resolveDataDir(all), '/here/named');
  assert.equal(await resolveDataDir({ ...all, explicit: undefined }), '/from-env');
  assert.equal(await resolveDataDir({ ...all, explicit: undefined, env: { DIRIGENT_DATA_DIR: '' } }), '/from-file');
  assert.match(await resolveDataDir({ ...all, explicit: undefined, env: {}, config: { files, runner } }), /^\/projects\//);
});

test("the project's own directory is named after its folder, or [runner] name, and its file's real path", async () => {
  const slug = folder.slice(folder.lastIndexOf('/') + 1);
  const own = { env: {}, projectsDir: '/p' };
  assert.equal(await resolveDataDir({ ...own, config: { files, runner } }), `/p/${slug}-${hash}`);
  assert.equal(
    await resolveDataDir({ ...own, config: { files: files.slice(0, 1), runner } }),
    `/p/${slug}-${hash}`,
    'one more file changes nothing',
  );
  mkdirSync(join(folder, 'elsewhere'));
  symlinkSync('../dirigent.toml', join(folder, 'elsewhere/dirigent.toml'));
  assert.equal(
    await resolveDataDir({ ...own, config: { files: [join(folder, 'elsewhere/dirigent.toml')], runner } }),
    `/p/${slug}-${hash}`,
  );
});

const SLUGS = [
  ['My Shop', 'My-Shop'],
  ['../../etc', 'etc'],
  ['Ünïcode/é', 'Unicode-e'],
  ['日本', 'project'],
  ['.hidden.', 'hidden'],
  [`${'x'.repeat(31)}-yz`, 'x'.repeat(31)],
] as const;
for (const [name, slug] of SLUGS) {
  test(`a project called ${JSON.stringify(name)} becomes ${slug}`, async () => {
    assert.equal(
      await resolveDataDir({ env: {}, projectsDir: '/p', config: { files, runner: { ...runner, name } } }),
      `/p/${slug}-${hash}`,
    );
  });
}

test('projects lie in the user data directory; a relative XDG_DATA_HOME is ignored', async () => {
  process.env['XDG_DATA_HOME'] = '/xdg';
  const options = { env: {}, config: await loadConfig({ files: files.slice(0, 1), env: {} }) };
  const there = await resolveDataDir(options);
  if (process.platform === 'linux') assert.match(there, new RegExp(`^/xdg/dirigent/projects/.*-${hash}$`));
  process.env['XDG_DATA_HOME'] = 'relative';
  assert.match(await resolveDataDir(options), /^\/.*\/dirigent\/projects\/[^/]+$/);
});

test('with neither a file nor a directory, the error says what to give', async () => {
  for (const config of [undefined, { files: [], runner }]) {
    await assert.rejects(
      resolveDataDir({ env: {}, config }),
      (error) =>
        TaskError.is(error) &&
        error.code === 'CONFIG_INVALID' &&
        /got neither; create dirigent\.toml, or give a directory: .*--data-dir, DIRIGENT_DATA_DIR/.test(error.message),
    );
  }
});
