/**
 * Type-checks the TypeScript of the pages as a reader would compile it: against the built package, by its own name.
 * A block that is a fragment is marked `ts no-check`; nothing is ever run.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from './pages.ts';

/** Under dist, so that the package's name means the package itself. */
const FOLDER = 'dist/docs-check';

/** Checks every `ts` block; answers the compiler's errors as `page:line: message`. Leaves nothing behind. */
export async function blockErrors(root: string, pages: readonly Page[], repository: string): Promise<string[]> {
  const places = new Map<string, { path: string; line: number }>();
  const folder = join(root, FOLDER);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  try {
    for (const { path, blocks } of pages) {
      for (const { info, line, code } of blocks) {
        if (info !== 'ts' && info !== 'typescript') continue;
        const file = `block-${places.size + 1}.ts`;
        places.set(file, { path, line });
        // Every block is a module, so that two may declare the same name and await at the top.
        writeFileSync(join(folder, file), `${code}\nexport {};\n`);
      }
    }
    if (places.size === 0) return [];
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(projectOf(repository)));
    return toPages(await compile(folder, repository), places);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const projectOf = (repository: string): object => ({
  compilerOptions: {
    target: 'ES2023',
    // A reader's `await using` needs the library that describes it.
    lib: ['ES2023', 'ESNext.Disposable'],
    module: 'nodenext',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
    typeRoots: [join(repository, 'node_modules/@types')],
  },
  include: ['*.ts'],
});

function compile(folder: string, repository: string): Promise<string> {
  const tsc = join(repository, 'node_modules/typescript/bin/tsc');
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [tsc, '-p', '.', '--pretty', 'false'], { cwd: folder }, (error, stdout, stderr) => {
      if (error !== null && stdout === '') reject(new Error(`the compiler failed: ${stderr}`, { cause: error }));
      else resolve(stdout);
    });
  });
}

function toPages(output: string, places: ReadonlyMap<string, { path: string; line: number }>): string[] {
  return output
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith(' '))
    .map((line) => {
      const [, file = '', inBlock, message] = /^(block-\d+\.ts)\((\d+),\d+\): (.*)$/.exec(line) ?? [];
      const place = places.get(file);
      return place === undefined ? line : `${place.path}:${place.line + Number(inBlock) - 1}: ${message}`;
    });
}
