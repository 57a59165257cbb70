/** Every operation of the API, as its own description tells, with what makes a request of it. Asks nothing but the description. */
import type { Api } from '../../src/http/index.ts';

/** A JSON Schema, as far as it is looked at. */
export interface Schema {
  readonly [key: string]: unknown;
}

/** An operation. */
export interface Operation {
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required?: boolean; readonly schema: Schema }[];
  /** Schema of its body. */
  readonly body: Schema | undefined;
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>>;
  /** Whether it is open to those without a token. */
  readonly isOpen: boolean;
}

/** An OpenAPI document, as far as it is looked at. */
export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface DocumentOperation extends Omit<Operation, 'method' | 'path' | 'parameters' | 'body' | 'isOpen'> {
  readonly parameters?: Operation['parameters'];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly security?: readonly object[];
}

/** The description of an API. */
export async function describe(api: Api): Promise<Document> {
  const response = await api(new Request('http://localhost/openapi.json'));
  return (await response.json()) as Document;
}

/** Its operations. */
export const operationsOf = ({ paths }: Document): Operation[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody, security, operationId, responses }]) => ({
      operationId,
      method: method.toUpperCase(),
      path,
      parameters,
      body: requestBody?.content['application/json']?.schema,
      responses,
      isOpen: security?.length === 0,
    })),
  );

/** A path of an operation, in which the name of a task is filled in. */
export const pathOf = ({ path }: Operation, name = 'web'): string => path.replaceAll('{name}', encodeURIComponent(name));
