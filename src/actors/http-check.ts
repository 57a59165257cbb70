/** Asks a URL once: no redirect is followed, no connection kept, no answer's body looked at. */
import type { Outcome } from './within-time.ts';

/** So much of a body is read for politeness; then the connection is cut. */
const MAX_BODY_BYTES = 64 * 1024;
/** So long, too. */
const MAX_BODY_MS = 1_000;

/** Asks with GET; passes for a status from 200 to 399. The function returned gives up, unless an answer has come. */
export function askHttp(target: string, { pass, fail }: Outcome): () => void {
  const url = new URL(target);
  const shown = `http ${withoutCredentials(url)}`;
  const giveUp = new AbortController();
  let hasAnswer = false;
  ask(url, giveUp.signal).then(
    (status) => {
      hasAnswer = true;
      if (status >= 200 && status < 400) pass();
      else fail(`${shown} answered ${status}`);
    },
    (error: unknown) => fail(`${shown} ${reasonOf(error)}`),
  );
  return () => {
    if (!hasAnswer) giveUp.abort();
  };
}

/** What a failed connection says of the other side, in one word where there is one. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') return 'refused';
  return `failed: ${code === undefined || message.includes(code) ? message : `${code}, ${message}`}`;
}

function withoutCredentials(url: URL): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return shown.href;
}

/** Resolves with the status of the answer. */
async function ask(url: URL, signal: AbortSignal): Promise<number> {
  // Loaded by the first probe that needs it.
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  return new Promise((resolve, reject) => {
    const headers = { connection: 'close', 'user-agent': 'dirigent-taskrunner' };
    const asked = request(url, { agent: false, headers, signal });
    asked.on('error', reject);
    asked.on('response', (response) => {
      resolve(response.statusCode ?? 0);
      let bytes = 0;
      const cut = setTimeout(() => response.destroy(), MAX_BODY_MS);
      response.on('error', () => undefined); // the answer has come
      response.on('close', () => clearTimeout(cut));
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_BODY_BYTES) response.destroy();
      });
    });
    asked.end();
  });
}
