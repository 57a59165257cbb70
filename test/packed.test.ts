/** The package as a user gets it: packed, installed into an empty folder, and the README's example run there as it stands. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';

const exec = promisify(execFile);
const root = resolve('.');

/** The first TypeScript block of the README. */
function readmeExample(): string {
  const block = /```ts\n([\s\S]*?)```/.exec(readFileSync('README.md', 'utf8'))?.[1];
  assert.ok(block !== undefined, 'the README has an example');
  return block;
}

describe('the packed tarball in an empty folder', () => {
  let dir = '';

  after(() => rmSync(dir, { recursive: true, force: true }));

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'dirigent-packed-'));
    // Without scripts: prepack would remove the build that is being tested.
    const { stdout } = await exec('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', dir], { cwd: root });
    const [packed] = JSON.parse(stdout) as { readonly filename: string }[];
    assert.ok(packed !== undefined);
    writeFileSync(join(dir, 'package.json'), '{ "name": "someone", "private": true, "type": "module" }\n');
    await exec('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', join(dir, packed.filename)], { cwd: dir });
  });

  it("runs the README's example as JavaScript", async () => {
    writeFileSync(join(dir, 'example.js'), readmeExample());
    assertExampleOutput(await exec(process.execPath, ['example.js'], { cwd: dir }));
  });

  it("compiles the README's example as TypeScript, strictly, and runs it", async () => {
    const source = join(dir, 'typed');
    mkdirSync(source);
    writeFileSync(join(source, 'example.ts'), readmeExample());
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const types = join(root, 'node_modules/@types');
    const flags = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--typeRoots', types, '--types', 'node', '--outDir', 'built'];
    await exec(process.execPath, [tsc, ...flags, 'typed/example.ts'], { cwd: dir });
    assertExampleOutput(await exec(process.execPath, ['built/example.js'], { cwd: dir }));
  });

  it('brings the command', async () => {
    const { stdout } = await exec(join(dir, 'node_modules/.bin/dirigent'), ['--version'], { cwd: dir });
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };
    assert.equal(stdout.trim(), version);
  });
});

function assertExampleOutput({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): void {
  assert.equal(stderr, '');
  assert.match(stdout, /clock running ready/);
  assert.match(stdout, /greet finished settled/);
  assert.match(stdout, /exitCode: 0, tail: '\[stdout\] hello from a task\\n'/);
  assert.match(stdout, /clock stopped idle\n$/);
}
