/** The page as it is served: what every answer of it says to a browser, what of it is kept there, and that nothing but its own files is reached. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { createApi } from '../../src/http/index.ts';
import { Page, isPagePath } from '../../src/web/page.ts';
import { isTaskErrorWith } from '../rig/errors.ts';
import { openRunner, tempDir } from '../rig/project.ts';
import { ask, codeOf, serve } from '../rig/wire.ts';

const BUILT = 'dist/src/ui';

/** A page of two files. */
function plantPage(t: TestContext): string {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'index.html'), '<!doctype html>');
  mkdirSync(join(dir, 'assets'));
  writeFileSync(join(dir, 'assets', 'index-abc.js'), `console.log('${'x'.repeat(5_000)}');`);
  return dir;
}

const get = (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): readonly [Request, string] => [
  new Request(`http://localhost${path}`, { headers, method }),
  path,
];

suite('the page', () => {
  test('and each of its files is answered over TCP without the token, with all that keeps it from harm', async (t) => {
    const { port, host } = await serve(t);
    const assets = readdirSync(join(BUILT, 'assets')).map((name) => `/assets/${name}`);
    assert.ok(assets.length > 0);
    for (const target of ['/', ...assets]) {
      const { status, headers, body } = await ask(t, port, { target, headers: [['host', host]] });
      assert.equal(status, 200, target);
      assert.equal(body, readFileSync(join(BUILT, target === '/' ? 'index.html' : target), 'utf8'), target);
      assert.equal(
        headers.get('content-security-policy'),
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      );
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('referrer-policy'), 'no-referrer');
      assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin');
      assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin');
      assert.match(headers.get('permissions-policy') ?? '', /camera=\(\).*microphone=\(\)/);
      assert.equal(headers.get('cache-control'), target === '/' ? 'no-cache' : 'public, max-age=31536000, immutable');
      assert.equal(headers.has('dirigent-event'), false, 'how much happens is nobody else’s business');
      assert.equal(headers.has('set-cookie'), false);
    }
    assert.equal(codeOf(await ask(t, port, { target: '/api/v1/page', headers: [['host', host]] })), 'UNAUTHORIZED');
  });

  test('is led to by a link, and by nothing else of another site; no other answer is', async (t) => {
    const { port, host, right } = await serve(t);
    const link = [
      ['sec-fetch-site', 'cross-site'],
      ['sec-fetch-mode', 'navigate'],
    ] as const;
    const statusOf = async (target: string, headers: readonly (readonly [string, string])[], method = 'GET') =>
      (await ask(t, port, { method, target, headers })).status;
    assert.equal(await statusOf('/', [['host', host], ...link]), 200);
    assert.equal(await statusOf('/', [['host', host], ...link], 'HEAD'), 403);
    assert.equal(await statusOf('/', [['host', 'evil.example'], ...link]), 421);
    assert.equal(await statusOf('/', [['host', host], ...link, ['origin', 'http://evil.example']]), 403);
    assert.equal(
      await statusOf('/', [
        ['host', host],
        ['sec-fetch-site', 'cross-site'],
      ]),
      403,
    );
    for (const target of ['/docs', '/api/v1/tasks', '/api/v1/page', '/?x=1'])
      assert.equal(await statusOf(target, [...right, ...link]), 403);
  });

  test('is asked for by GET and HEAD alone, and packed for who takes that', async (t) => {
    const page = new Page(plantPage(t));
    const plain = await page.answer(...get('/assets/index-abc.js'));
    const packed = await page.answer(...get('/assets/index-abc.js', { 'accept-encoding': 'br, gzip' }));
    assert.equal(packed.headers.get('content-encoding'), 'gzip');
    assert.equal(packed.headers.get('vary'), 'accept-encoding');
    const bytes = Buffer.from(await packed.arrayBuffer());
    assert.ok(bytes.length < 200);
    assert.equal(gunzipSync(bytes).toString(), await plain.text());
    const head = await page.answer(...get('/', {}, 'HEAD'));
    assert.deepEqual([head.status, head.headers.get('content-type'), await head.text()], [200, 'text/html; charset=utf-8', '']);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const { status, headers } = await page.answer(...get('/', {}, method));
      assert.deepEqual([status, headers.get('allow')], [405, 'GET'], method);
    }
  });

  test('is not sent again to a browser that has it as it is', async (t) => {
    const dir = plantPage(t);
    const etag = (await new Page(dir).answer(...get('/'))).headers.get('etag') ?? '';
    assert.match(etag, /^W\/"[\w-]{22}"$/);
    for (const known of [etag, `"other", ${etag}`]) {
      const again = await new Page(dir).answer(...get('/', { 'if-none-match': known }));
      assert.deepEqual([again.status, again.headers.get('etag'), await again.text()], [304, etag, '']);
      assert.match(again.headers.get('content-security-policy') ?? '', /script-src 'self'/);
    }
    writeFileSync(join(dir, 'index.html'), '<!doctype html>another');
    assert.equal((await new Page(dir).answer(...get('/', { 'if-none-match': etag }))).status, 200);
  });

  test('has its own files alone: no path climbs, and what lies beside them is not there', async (t) => {
    const dir = plantPage(t);
    writeFileSync(join(dir, 'secret.txt'), 'secret');
    const page = new Page(dir);
    const wrong = [
      '../secret.txt',
      '..%2fsecret.txt',
      'index-abc.js/',
      'INDEX-ABC.JS',
      'index-abc.js%00',
      './index-abc.js',
      '',
      'constructor',
    ];
    for (const name of wrong) assert.equal((await page.answer(...get(`/assets/${name}`)).catch(() => ({ status: 0 }))).status, 404, name);
    assert.deepEqual(
      ['/secret.txt', '/index.html', '/assets', '//assets/x', '/Assets/x'].filter((path) => isPagePath(path)),
      [],
    );
    // Read once: what comes later is not there, a link least of all.
    symlinkSync('/etc/passwd', join(dir, 'assets', 'later.js'));
    assert.equal((await page.answer(...get('/assets/later.js'))).status, 404);
  });

  test('that is missing from a build is told as that, and is there once it is built', async (t) => {
    const dir = plantPage(t);
    const index = join(dir, 'index.html');
    rmSync(index);
    const page = new Page(dir);
    await assert.rejects(
      page.answer(...get('/')),
      isTaskErrorWith('INTERNAL', /^the page is missing from this build \(ENOENT.*index\.html.*\); make it: npm run build$/),
    );
    writeFileSync(index, 'built');
    assert.equal(await (await page.answer(...get('/'))).text(), 'built');
  });

  test('under a path of a host’s own is in a folder, to which its name leads', async (t) => {
    const runner = await openRunner(t);
    const api = createApi(runner, { basePath: '/ops/tasks', authorize: () => false });
    const led = await api(new Request('http://localhost/ops/tasks'));
    assert.deepEqual([led.status, led.headers.get('location')], [308, 'tasks/']);
    assert.equal(new URL('tasks/', 'http://localhost/ops/tasks').pathname, '/ops/tasks/');
    const page = await api(new Request('http://localhost/ops/tasks/'));
    const html = await page.text();
    assert.equal(page.status, 200);
    // Every address in it is relative to the folder.
    for (const [, address = ''] of html.matchAll(/(?:src|href)="([^"]*)"/g)) assert.match(address, /^(?:\.\/|data:)/);
    assert.equal((await api(new Request('http://localhost/'))).status, 401);
  });

  test('is told what it shows: whose tasks, and whether commands may be defined', async (t) => {
    const { port, right, listening, runner } = await serve(t);
    const infoOf = async (place: number | string, headers: readonly (readonly [string, string])[]) =>
      JSON.parse((await ask(t, place, { target: '/api/v1/page', headers })).body) as Readonly<Record<string, unknown>>;
    const info = await infoOf(port, right);
    assert.deepEqual([info['tasks'], info['mayDefine']], [true, false]);
    assert.equal(
      runner.paths.dataDir.endsWith(`/${String(info['title'])}`),
      true,
      'the name of the data directory, where there is no other',
    );
    assert.equal((await infoOf(listening.socket, [['host', 'localhost']]))['mayDefine'], true);
    const daemon = {
      info: () => ({ pid: 1, version: '0', dataDir: '/', config: ['/srv/shop/dirigent.toml'], startedAt: new Date() }),
      shutdown: () => undefined,
    };
    const titleBy = async (options: Parameters<typeof createApi>[1]) =>
      ((await (await createApi(runner, options)(new Request('http://localhost/api/v1/page'))).json()) as { title: string }).title;
    assert.equal(await titleBy({ daemon }), 'shop');
    assert.equal(await titleBy({ daemon, title: 'Shop, the tasks' }), 'Shop, the tasks');
  });
});
