/**
 * The page: files of the build, read once and answered from memory. They tell nothing of what is looked at, so they are open. No path of a
 * request reaches the file system.
 */
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { TaskError, messageOf } from '../errors.ts';
import { PAGE_DIR } from '../util/places.ts';
import { SAFE_HEADERS, refusal } from './problem.ts';
import { wholeAnswer } from './whole-answer.ts';

/** What the page may do: load and ask what is here, and nothing else. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What a page may ask a browser for, and this one never does. */
const UNUSED = ['camera', 'display-capture', 'geolocation', 'hid', 'microphone', 'midi', 'payment', 'serial', 'usb'];

const PAGE_HEADERS: Readonly<Record<string, string>> = {
  ...SAFE_HEADERS,
  'content-security-policy': POLICY,
  'permissions-policy': UNUSED.map((feature) => `${feature}=()`).join(', '),
  vary: 'accept-encoding',
};

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** The one whose name stays when its content changes: it is asked for again each time. */
const INDEX = 'index.html';
const ASSETS = 'assets';

/** Whether a path is one of the page, which is open to everyone; the empty one is `/` less its slash. */
export const isPagePath = (path: string): boolean => path === '' || path === '/' || path.startsWith(`/${ASSETS}/`);

interface PageFile {
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  zipped?: Promise<Buffer>;
}

/** The page of this build. */
export class Page {
  readonly #dir: string;
  #files: Promise<ReadonlyMap<string, PageFile>> | undefined;

  /** @param dir replaced in tests */
  constructor(dir = fileURLToPath(PAGE_DIR)) {
    this.#dir = dir;
  }

  /**
   * The answer to a request for `/` or for a file in `/assets/`.
   * @throws TaskError `INTERNAL` where the build has no page
   */
  async answer(request: Request, path: string): Promise<Response> {
    const { method } = request;
    if (method !== 'GET' && method !== 'HEAD')
      return refusal('ARGUMENT_INVALID', 405, `${method} means nothing at ${path}; GET does`, { allow: 'GET' });
    this.#files ??= readPage(this.#dir).catch((error: unknown) => {
      this.#files = undefined; // a build that is under way is there the next time
      throw error;
    });
    const file = (await this.#files).get(path);
    return file === undefined ? refusal('ARGUMENT_INVALID', 404, `the page has no file ${path}`) : toAnswer(request, file);
  }
}

async function toAnswer({ method, headers: asked }: Request, file: PageFile): Promise<Response> {
  const { bytes, headers } = file;
  if (asked.get('if-none-match')?.includes(headers['etag'] ?? '') === true) return new Response(null, { status: 304, headers });
  if (method === 'HEAD') return new Response(null, { headers });
  if (!/\bgzip\b/.test(asked.get('accept-encoding') ?? '')) return wholeAnswer(bytes, 200, headers);
  file.zipped ??= promisify(gzip)(bytes);
  return wholeAnswer(await file.zipped, 200, { ...headers, 'content-encoding': 'gzip' });
}

/** Leads from the path that a handler is mounted under to the page in it, whose addresses are relative to that folder. */
export const toFolder = (basePath: string): Response =>
  new Response(null, { status: 308, headers: { ...SAFE_HEADERS, location: `${basename(basePath)}/` } });

async function readPage(dir: string): Promise<ReadonlyMap<string, PageFile>> {
  try {
    const assets = (await readdir(join(dir, ASSETS))).map((name) => `${ASSETS}/${name}`);
    const read = async (name: string): Promise<PageFile> => toFile(name, await readFile(join(dir, name)));
    const index = ['/', await read(INDEX)] as const;
    return new Map([index, ...(await Promise.all(assets.map(async (name) => [`/${name}`, await read(name)] as const)))]);
  } catch (error) {
    throw new TaskError('INTERNAL', `the page is missing from this build (${messageOf(error)}); make it: npm run build`, { cause: error });
  }
}

function toFile(name: string, bytes: Buffer): PageFile {
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
  const headers = {
    ...PAGE_HEADERS,
    'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
    // Weak, since one hash stands for the bytes and for what they are packed as.
    etag: `W/"${hash}"`,
    'cache-control': name === INDEX ? 'no-cache' : 'public, max-age=31536000, immutable',
  };
  return { bytes, headers };
}
