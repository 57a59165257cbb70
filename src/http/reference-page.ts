/** The reference of the API as one page without a script, made from its OpenAPI document. Works offline; loads nothing. */
import { createHash } from 'node:crypto';

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: unknown }>> };
  readonly responses?: Readonly<Record<string, { readonly description?: string; readonly content?: Readonly<Record<string, unknown>> }>>;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: unknown;
}

interface Document {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> };
}

/** The page of an OpenAPI document. */
export function referencePage(document: object): string {
  const { info, paths = {}, components } = document as Document;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation, tag: operation.tags?.[0] ?? 'Other' })),
  );
  const tags = [...new Set(operations.map(({ tag }) => tag))];
  const groups = tags.map((tag) => {
    const own = operations.filter((each) => each.tag === tag);
    return `<h2>${text(tag)}</h2>${own.map(({ path, method, operation }) => renderOperation(path, method, operation)).join('')}`;
  });
  const shapes = Object.entries(components?.schemas ?? {}).map(
    ([name, schema]) => `<details id="${text(name)}"><summary><code>${text(name)}</code></summary>${renderSchema(schema)}</details>`,
  );
  const title = `${text(info.title)} ${text(info.version)}`;
  const content = [`<h1>${title}</h1><p>${text(info.description ?? '')}</p>`, ...groups, '<h2>Shapes</h2>', ...shapes].join('\n');
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${STYLE}</style><main>${content}</main></html>`;
}

function renderOperation(path: string, method: string, operation: Operation): string {
  const { summary = '', description = '', parameters = [], requestBody, responses = {} } = operation;
  const body = requestBody?.content?.['application/json']?.schema;
  const rows = parameters.map(
    ({ name, in: place, required, description: what = '', schema }) =>
      `<tr><td><code>${text(name)}</code><td>${text(place)}${required === true ? ', required' : ''}<td>${text(what)} ${renderSchema(schema)}</tr>`,
  );
  const answers = Object.entries(responses).map(
    ([status, { description: what = '', content = {} }]) =>
      `<tr><td><code>${text(status)}</code><td>${text(Object.keys(content).join(', '))}<td>${text(what)}</tr>`,
  );
  return `<section><h3><b>${text(method.toUpperCase())}</b> <code>${text(path)}</code></h3><p>${text(summary)}</p><p>${text(description)}</p>${
    rows.length === 0 ? '' : `<table>${rows.join('')}</table>`
  }${body === undefined ? '' : `<p>Body:</p>${renderSchema(body)}`}<table>${answers.join('')}</table></section>`;
}

const renderSchema = (schema: unknown): string =>
  schema === undefined ? '' : `<details><summary>shape</summary><pre>${text(JSON.stringify(schema, null, 2))}</pre></details>`;

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const text = (value: string): string => value.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);

const STYLE = `:root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}main{max-width:60rem;margin:2rem auto;padding:0 1rem}
h3 b{font-weight:600}section{border-top:1px solid #8886;padding:.5rem 0}table{border-collapse:collapse;width:100%}
td{padding:.15rem .75rem .15rem 0;vertical-align:top}pre{overflow:auto;background:#8881;padding:.5rem}summary{cursor:pointer}`;

/** By which a policy allows the style of the page, and no other. */
export const PAGE_STYLE_HASH = `sha256-${createHash('sha256').update(STYLE).digest('base64')}`;
