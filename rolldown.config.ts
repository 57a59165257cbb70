/**
 * How what the package brings is bundled, from what the compiler made: hundreds of small files take longer to load than to run. What others must share
 * with us (`xstate`), what brings files of its own, and what is rarely needed stay packages.
 */
import { defineConfig } from 'rolldown';

/** What is loaded by its name, or by its place: see `src/util/places.ts`. */
const ENTRIES = [
  'index',
  'http/index',
  'inspector/index',
  'testing/index',
  'cli/main',
  'shim/main',
  'output/capture/worker',
  'output/read/tail.worker',
  'inspector/chart/worker',
];

/** Theirs loads in a hundred files, most of which are never used. They are bundled together: they know each other's classes. */
const BUNDLED = /^(?:zod|@hono\/zod-openapi|@asteasolutions\/zod-to-openapi)(?:\/|$)/;

export default defineConfig({
  input: Object.fromEntries(ENTRIES.map((name) => [name, `dist/src/${name}.js`])),
  platform: 'node',
  external: (id) => !id.startsWith('.') && !id.startsWith('/') && !BUNDLED.test(id),
  output: {
    dir: 'dist/lib',
    cleanDir: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name].js',
    // In a folder as deep as its source: it knows where the others are.
    codeSplitting: { groups: [{ name: 'places', test: /util\/places/ }] },
    banner:
      '/*! Includes zod, MIT, (c) Colin McDonnell; @hono/zod-openapi, MIT, (c) Yusuke Wada; @asteasolutions/zod-to-openapi, MIT, (c) Astea Solutions */',
  },
});
