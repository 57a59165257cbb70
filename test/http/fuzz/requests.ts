/** Requests of an operation: such that fit its description, and such that do not. Sends none. */
import fc from 'fast-check';
import type { Document, Operation } from '../../rig/operations.ts';
import { anyText, anything, textsOf, valuesOf } from './values.ts';

/** A request. */
export interface FuzzRequest {
  readonly operation: Operation;
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

interface Parts {
  readonly name: string;
  readonly query: Readonly<Record<string, readonly string[]>>;
  readonly body: unknown;
}

const NAMES = ['web', 'job', 'reader', 'failing', 'missing', 'fuzz-a', 'fuzz-b', 'fuzz-a-1', 'nobody'];

/** Requests of `operation`, half of them as described. */
export function requestsOf(operation: Operation, { components: { schemas } }: Document, dir: string): fc.Arbitrary<FuzzRequest> {
  const parameters = operation.parameters.filter(({ in: place }) => place === 'query');
  const query = fc.record(Object.fromEntries(parameters.map(({ name, schema }) => [name, textsOf(name, schema, schemas, dir)])), {
    requiredKeys: parameters.filter(({ required, name }) => required === true || name === 'timeout').map(({ name }) => name),
  });
  const body =
    operation.body === undefined
      ? fc.constant(operation.method === 'GET' || operation.method === 'DELETE' ? undefined : {})
      : valuesOf(operation.body, schemas, dir);
  // A run without a limit goes on for ever, as it should.
  const bounded = operation.path.endsWith('/run') ? body.map((value) => ({ timeoutMs: 20, ...(value as object) })) : body;
  const fitting = fc.record({ name: fc.constantFrom(...NAMES), query, body: bounded }) as fc.Arbitrary<Parts>;
  const request = fitting.map((parts) => toRequest(operation, parts));
  return fc.oneof(
    { weight: 2, arbitrary: request },
    { weight: 1, arbitrary: fitting.chain((parts) => spoiled(operation, parts)) },
    { weight: 1, arbitrary: disfigured(request) },
  );
}

function toRequest(operation: Operation, { name, query, body }: Parts): FuzzRequest {
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([key, values]) => values.map((value): [string, string] => [key, value])),
  );
  const path = operation.path.replace('{name}', encoded(name));
  const text = search.toString();
  return {
    operation,
    method: operation.method,
    target: text === '' ? path : `${path}?${text}`,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  };
}

/** Halves of characters, which no address can have, as U+FFFD. */
const encoded = (text: string): string => encodeURIComponent(Buffer.from(text).toString());

/** One part of it is something else. */
function spoiled(operation: Operation, parts: Parts): fc.Arbitrary<FuzzRequest> {
  const ways: fc.Arbitrary<Parts>[] = [anyText.map((name) => ({ ...parts, name: name === '' ? '?' : name }))];
  // Whatever is not waited for may be spoiled: a time that is long by chance would hang nobody but the test.
  const keys = Object.keys(parts.query).filter((key) => key !== 'timeout');
  if (keys.length > 0)
    ways.push(
      fc
        .tuple(fc.constantFrom(...keys), fc.array(anyText, { maxLength: 3 }))
        .map(([key, values]) => ({ ...parts, query: { ...parts.query, [key]: values } })),
    );
  ways.push(
    fc.tuple(anyText, anyText).map(([key, value]) => ({ ...parts, query: { ...parts.query, [key === 'wait' ? 'x' : key]: [value] } })),
  );
  if (parts.body !== undefined && !operation.path.endsWith('/run')) ways.push(anything.map((body) => ({ ...parts, body: body ?? null })));
  if (isTable(parts.body))
    ways.push(
      fc
        .tuple(fc.constantFrom('x', '__proto__', 'constructor', ...Object.keys(parts.body).filter((key) => !EXECUTED.has(key))), anything)
        .map(([key, value]) => ({ ...parts, body: { ...(parts.body as object), [key]: value } })),
    );
  return fc.oneof(...ways).map((changed) => toRequest(operation, changed));
}

/** What must not become just something. */
const EXECUTED: ReadonlySet<string> = new Set([
  'command',
  'args',
  'shell',
  'exec',
  'ready',
  'alive',
  'stopCommand',
  'watch',
  'cwd',
  'timeoutMs',
  'instances',
  'stopTimeout',
  'drainTimeout',
]);

const isTable = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

/** It is sent in another way. */
function disfigured(requests: fc.Arbitrary<FuzzRequest>): fc.Arbitrary<FuzzRequest> {
  const ways: ((request: FuzzRequest, text: string) => FuzzRequest)[] = [
    (request, text) => ({ ...request, body: `${request.body ?? ''}${JSON.stringify(text)}` }),
    (request) => ({ ...request, body: request.body?.slice(0, -1) ?? '{' }),
    (request, text) => ({ ...request, headers: { ...request.headers, 'content-type': `text/${text.replace(/[^a-z]/g, '')}` } }),
    (request) => ({ ...request, headers: {} }),
    (request) => ({ ...request, headers: { ...request.headers, origin: 'http://evil.example' } }),
    (request, text) => ({ ...request, headers: { ...request.headers, 'last-event-id': text.replace(/[^\x20-\x7e]/g, '') } }),
    (request, text) => ({ ...request, target: `${request.target.split('?')[0] ?? ''}/${encoded(text)}` }),
    (request) => ({ ...request, target: request.target.replace('/api/', '/%61pi/') }),
    (request) => ({ ...request, method: 'HEAD' }),
    (request) => ({ ...request, method: 'PUT' }),
    (request) => ({ ...request, method: 'OPTIONS' }),
  ];
  return fc.tuple(requests, fc.constantFrom(...ways), anyText).map(([request, change, text]) => change(request, text));
}
