/** Asks the API: one request, one answer, or a problem that says what was wrong. Repeats nothing. */
import { dropToken, token } from './session.ts';

/** What is sent along. */
export interface Asking {
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A problem at a place of what was sent, such as `log.maxSize`. */
export interface PlacedProblem {
  readonly path: string;
  readonly message: string;
  readonly hint?: string;
}

/** What was asked for was not done. */
export class Refusal extends Error {
  /** One of the error codes of the reference, or `UNREACHABLE` where nobody answered. */
  readonly code: string;
  /** Of the answer; 0 where there was none. */
  readonly status: number;
  readonly problems: readonly PlacedProblem[];

  constructor(code: string, status: number, message: string, problems: readonly PlacedProblem[] = []) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    this.status = status;
    this.problems = problems;
  }
}

/** Asks, and gives the answer as it is. @throws Refusal */
export async function askFor(method: string, path: string, { query = {}, body, headers = {}, signal }: Asking = {}): Promise<Response> {
  const sent = token.value;
  const response = await fetch(`api/v1/${path}${toSearch(query)}`, {
    method,
    headers: {
      ...(sent === null ? {} : { authorization: `Bearer ${sent}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted === true) throw error;
    throw new Refusal('UNREACHABLE', 0, 'The server does not answer.');
  });
  // Not where another request has brought a new one meanwhile.
  if (response.status === 401 && token.value === sent) dropToken();
  if (!response.ok) throw await toRefusal(response);
  return response;
}

/** Asks, and gives the answer's JSON. @throws Refusal */
export async function ask<Answer>(method: string, path: string, asking?: Asking): Promise<Answer> {
  const response = await askFor(method, path, asking);
  return (await response.json()) as Answer;
}

async function toRefusal(response: Response): Promise<Refusal> {
  const text = await response.text();
  try {
    const { code, detail, details } = JSON.parse(text) as {
      code: string;
      detail: string;
      details?: { problems?: readonly PlacedProblem[] };
    };
    return new Refusal(code, response.status, detail, details?.problems);
  } catch {
    // Not an answer of dirigent: what stands between it and the page, such as a proxy, has said it.
    return new Refusal('UNREACHABLE', response.status, `The server answered ${response.status} ${response.statusText}`.trim());
  }
}

function toSearch(query: NonNullable<Asking['query']>): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const each of typeof value === 'object' ? value : [value]) search.append(key, String(each));
  }
  return search.size === 0 ? '' : `?${search}`;
}

/** A name as a part of a path. */
export const inPath = (name: string): string => encodeURIComponent(name);
