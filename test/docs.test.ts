/** What the pages say is true: links lead somewhere, code compiles, generated pages are fresh. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { blockErrors } from './docs/code-blocks.ts';
import { brokenLinks } from './docs/links.ts';
import { readPages } from './docs/pages.ts';
import { REPOSITORY } from './tidy/tree.ts';

suite('the pages', () => {
  const pages = readPages(REPOSITORY);

  test('every link in them leads to a file or a heading that is there', () => {
    assert.deepEqual(brokenLinks(REPOSITORY, pages), []);
  });

  test('every TypeScript block in them compiles against the built package', async () => {
    assert.deepEqual(await blockErrors(REPOSITORY, pages, REPOSITORY), []);
  });

  const generators = readdirSync(join(REPOSITORY, 'docs')).filter((name) => /^generate-.*\.ts$/.test(name));
  for (const name of generators) {
    test(`what docs/${name} makes is fresh`, async () => {
      const built = join(REPOSITORY, 'dist/docs', name.replace(/\.ts$/, '.js'));
      const problem = await new Promise<string>((resolve) => {
        execFile(process.execPath, [built, '--check'], (error, _stdout, stderr) =>
          resolve(error === null ? '' : `${stderr}${error.message}`),
        );
      });
      assert.equal(problem, '');
    });
  }
});

suite('a planted page', () => {
  let root: string;
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'pages-'));
    const files: Record<string, string> = {
      'package.json': '{ "name": "planted", "type": "module", "exports": { "types": "./dist/src/index.d.ts" } }',
      'dist/src/index.d.ts': 'export declare function open(path: string): Promise<{ close(): void }>;\n',
      'docs/there.md': '# A `heading`, twice!\n\n## Same\n\n## Same\n\n<a id="own"></a>\n',
      'links.md': [
        '[ok](docs/there.md) [ok](docs/there.md#a-heading-twice) [ok](docs/there.md#same-1) [ok](docs/there.md#own) [ok](#here)',
        '[no](docs/gone.md)',
        '## Here',
        '![no](docs/there.md#gone) and `[code](nowhere.md)`',
        '[defined]: nowhere.md',
        '```sh',
        '[in code](nowhere.md)',
        '```',
        '[web](https://example.org/x) [out](../x.md) [absolute](/x.md) [no](#same)',
      ].join('\n'),
      'code.md': [
        '```ts',
        `import { open } from 'planted';`,
        `const file = await open('a');`,
        'file.close();',
        '```',
        '```ts',
        `import { open } from 'planted';`,
        `const file: string = await open(1);`,
        '```',
        '```ts no-check',
        'const = …;',
        '```',
        '```ts',
        `import { gone } from 'planted';`,
        `import { readFile } from 'node:fs/promises';`,
        `void [gone, readFile];`,
        '```',
      ].join('\n'),
    };
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    symlinkSync(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'));
  });
  after(() => rmSync(root, { recursive: true }));

  test('has each broken link named by its line, and no sound one', () => {
    assert.deepEqual(brokenLinks(root, readPages(root)), [
      'links.md:2: docs/gone.md: there is no such file',
      'links.md:4: docs/there.md#gone: there is no such heading',
      'links.md:5: nowhere.md: there is no such file',
      'links.md:9: ../x.md: leads out of the repository',
      'links.md:9: /x.md: is absolute: it means another place to each reader',
      'links.md:9: #same: there is no such heading',
    ]);
  });

  test('has each error in its code named by the line of the page', async () => {
    const errors = await blockErrors(root, readPages(root), REPOSITORY);
    assert.deepEqual(
      errors.map((error) => /^code\.md:\d+: error TS\d+/.exec(error)?.[0] ?? error),
      ['code.md:8: error TS2322', 'code.md:8: error TS2345', 'code.md:14: error TS2305'],
    );
    assert.equal(existsSync(join(root, 'dist/docs-check')), false);
  });
});
