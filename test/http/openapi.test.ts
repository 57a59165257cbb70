/** The description of the API: that it is OpenAPI 3.1, holds every route there is, and that the page made from it is text alone. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { createApi, type Api } from '../../src/http/index.ts';
import { referencePage } from '../../src/http/reference-page.ts';
import { describe, operationsOf } from '../rig/operations.ts';
import { openRunner } from '../rig/project.ts';
import { REPOSITORY } from '../tidy/tree.ts';

async function openApi(t: TestContext): Promise<Api> {
  const info = { pid: 1, version: '0', dataDir: '/', config: [], startedAt: new Date(0) };
  return createApi(await openRunner(t), { daemon: { info: () => info, shutdown: () => assert.fail() } });
}

suite('the document', () => {
  test('is valid OpenAPI 3.1', async (t) => {
    const document = await describe(await openApi(t));
    const validator = new Validator();
    const { valid, errors } = await validator.validate({ ...structuredClone(document) });
    assert.deepEqual([valid, errors ?? []], [true, []]);
    assert.equal(validator.version, '3.1');
    const broken = await new Validator().validate({ ...structuredClone(document), info: {} });
    assert.equal(broken.valid, false, 'the validator finds what is wrong');
  });

  test('has each operation once, with an id of its own, a summary, parameters that are in the path, and the answer to what goes wrong', async (t) => {
    const document = await describe(await openApi(t));
    const operations = operationsOf(document);
    const ids = operations.map(({ operationId }) => operationId);
    assert.deepEqual([...new Set(ids)], ids);
    for (const { operationId, path, parameters, responses } of operations) {
      assert.match(operationId, /^[a-z][A-Za-z]+$/);
      assert.ok('application/problem+json' in (responses['default']?.content ?? {}), operationId);
      assert.ok(
        Object.keys(responses).some((status) => status.startsWith('2')),
        operationId,
      );
      const inPath = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      assert.deepEqual(
        inPath,
        [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
        operationId,
      );
    }
  });

  test('has every route: none is made in another way, and every other method of a path is told which there are', async (t) => {
    const api = await openApi(t);
    const document = await describe(api);
    const sources = readdirSync(join(REPOSITORY, 'src/http/routes')).map((name) =>
      readFileSync(join(REPOSITORY, 'src/http/routes', name), 'utf8'),
    );
    for (const source of sources) assert.doesNotMatch(source, /\b(?:routes|app)\.(?:get|post|put|patch|delete|all|on|use)\(/);
    for (const [path, methods] of Object.entries(document.paths)) {
      const known = Object.keys(methods).map((method) => method.toUpperCase());
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter((each) => !known.includes(each))) {
        const target = `http://localhost${path.replace('{name}', 'web')}`;
        const { status, headers } = await api(new Request(target, { method, headers: { 'content-type': 'application/json' } }));
        assert.deepEqual([status, headers.get('allow')?.split(', ').sort()], [405, known.sort()], `${method} ${path}`);
      }
    }
  });

  test('names the shapes it uses, and no other', async (t) => {
    const document = await describe(await openApi(t));
    const text = JSON.stringify(document);
    const used = new Set([...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name));
    assert.deepEqual(used, new Set(Object.keys(document.components.schemas)));
  });
});

suite('the page', () => {
  test('has every operation and every shape, and neither a script nor a thing to load', async (t) => {
    const api = await openApi(t);
    const document = await describe(api);
    const response = await api(new Request('http://localhost/docs'));
    const page = await response.text();
    for (const operation of operationsOf(document)) {
      assert.ok(page.includes(`<b>${operation.method}</b> <code>${operation.path}</code>`), operation.operationId);
    }
    for (const name of Object.keys(document.components.schemas)) assert.ok(page.includes(`<summary><code>${name}</code></summary>`), name);
    assert.doesNotMatch(page, /<script|<link|<img|<iframe|<form|\bsrc=|\bhref="(?!#)|\son\w+=|javascript:|@import|url\(/i);
    for (const tag of ['section', 'table', 'details', 'pre', 'h2', 'h3', 'main', 'style']) {
      const count = (mark: string): number => page.split(mark).length - 1;
      assert.equal(count(`<${tag}>`) + count(`<${tag} `), count(`</${tag}>`), tag);
    }
  });

  test('has a policy that allows its own style by its hash, and nothing else', async (t) => {
    const api = await openApi(t);
    const response = await api(new Request('http://localhost/docs'));
    const [, style = ''] = /<style>(.*)<\/style>/s.exec(await response.text()) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    assert.equal(
      response.headers.get('content-security-policy'),
      `default-src 'none'; style-src 'sha256-${hash}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
    );
    assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8');
  });

  test('shows what is in a description as text, whatever it is', () => {
    const evil = `"><script>alert(1)</script><b x='&`;
    const operation = {
      operationId: evil,
      summary: evil,
      description: evil,
      tags: [evil],
      parameters: [{ name: evil, in: evil, description: evil, schema: { type: evil } }],
      requestBody: { content: { 'application/json': { schema: { title: evil } } } },
      responses: { [evil]: { description: evil, content: { [evil]: {} } } },
    };
    const page = referencePage({
      info: { title: evil, version: evil, description: evil },
      paths: { [evil]: { [evil]: operation } },
      components: { schemas: { [evil]: { title: evil } } },
    });
    assert.doesNotMatch(page, /<script|<b x/i);
    assert.doesNotMatch(page, /id="[^"]*"[^>]/);
    assert.ok(page.split('&lt;script&gt;').length > 15);
  });
});
