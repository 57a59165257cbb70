/** A log worker that dies when it is told to, in a process of the test's own or in the shim of a build of its own. */
import assert from 'node:assert/strict';
import { copyFileSync, cpSync, existsSync, readFileSync, renameSync, symlinkSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { TaskRunner } from '../../src/index.ts';
import type { WayToDie } from '../fixtures/mortal-worker.ts';
import { tempDir } from './project.ts';

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
const FIXTURE = fileURLToPath(new URL('../fixtures/mortal-worker.js', import.meta.url));
const WORKER = new URL('../../src/output/capture/worker.js', import.meta.url);

/** A worker that can be told to die. */
export class MortalWorker {
  readonly #dir: string;

  private constructor(dir: string) {
    this.#dir = dir;
  }

  /** One to be started in this process. */
  static create(t: TestContext): MortalWorker {
    const dir = tempDir(t);
    writeFileSync(join(dir, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(dir, 'sturdy-worker.js'), `import ${JSON.stringify(WORKER.href)};\n`);
    copyFileSync(FIXTURE, join(dir, 'worker.js'));
    return new MortalWorker(dir);
  }

  /** One in the place of a build's own. */
  static putInto(build: string): MortalWorker {
    const dir = join(build, 'dist/src/output/capture');
    renameSync(join(dir, 'worker.js'), join(dir, 'sturdy-worker.js'));
    copyFileSync(FIXTURE, join(dir, 'worker.js'));
    return new MortalWorker(dir);
  }

  /** The thread's module. */
  get entry(): URL {
    return pathToFileURL(join(this.#dir, 'worker.js'));
  }

  /** Has it die at the nth piece from now on. Resolves when it has heard that. */
  die(way: WayToDie, piece = 1): Promise<void> {
    const order = join(this.#dir, 'die');
    const watcher = watch(this.#dir);
    const heard = new Promise<void>((resolve) => {
      watcher.on('change', () => existsSync(order) || resolve());
    }).finally(() => watcher.close());
    writeFileSync(`${order}.new`, `${way} ${piece}`);
    renameSync(`${order}.new`, order);
    return heard;
  }
}

/** Copies the library to `copy`, with a log worker that can be told to die. @returns its entry, and that worker */
export function copyMortal(copy: string): { readonly entry: string; readonly worker: MortalWorker } {
  for (const part of ['package.json', 'dist/src', 'dist/machines']) cpSync(join(PROJECT, part), join(copy, part), { recursive: true });
  symlinkSync(join(PROJECT, 'node_modules'), join(copy, 'node_modules'));
  return { entry: pathToFileURL(join(copy, 'dist/src/index.js')).href, worker: MortalWorker.putInto(copy) };
}

/** Changes what a file of a copy says. */
export function changeCopy(file: string, from: string, to: string): void {
  const sound = readFileSync(file, 'utf8');
  const changed = sound.replace(from, to);
  assert.notEqual(changed, sound, `${file} says ${from}`);
  writeFileSync(file, changed);
}

/** A build of the library whose log worker can be told to die, and dies of less memory. */
export async function buildMortal(t: TestContext): Promise<{ readonly TaskRunner: typeof TaskRunner; readonly worker: MortalWorker }> {
  const copy = tempDir(t);
  const { entry, worker } = copyMortal(copy);
  const flag = "['--max-semi-space-size=1'";
  changeCopy(join(copy, 'dist/src/shim/launch.js'), flag, flag.replace('[', "['--max-old-space-size=64', "));
  const library = (await import(entry)) as { readonly TaskRunner: typeof TaskRunner };
  return { TaskRunner: library.TaskRunner, worker };
}
