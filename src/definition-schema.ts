/** The JSON Schema of a task as code and the API define it, for whoever describes it to others. Judges nothing. */
import { constants } from 'node:os';
import { z } from 'zod';
import { DESCRIPTIONS, NAME_DESCRIPTIONS } from './config/descriptions.ts';
import type { JsonSchema } from './config/json-schema.ts';
import { TaskDefinitionSchema } from './model/definition.ts';

/** JSON Schema draft 2020-12 of a definition: keys in camelCase, what JSON cannot hold left out. */
export function taskJsonSchema(): JsonSchema {
  const { $schema: _draft, ...schema } = z.toJSONSchema(TaskDefinitionSchema, {
    io: 'input',
    target: 'draft-2020-12',
    unrepresentable: 'any',
  });
  const properties = Object.entries(schema.properties ?? {}).map(([key, value]) => [key, describe(key, value as JsonSchema)]);
  return { ...schema, properties: Object.fromEntries(properties) };
}

function describe(key: string, value: JsonSchema): JsonSchema {
  const descriptions: Readonly<Record<string, string>> = { ...DESCRIPTIONS, name: NAME_DESCRIPTIONS.task };
  const described = { description: descriptions[key] ?? '', ...value };
  if (key === 'stopSignal') return { ...described, type: 'string', enum: Object.keys(constants.signals) };
  if (key !== 'ready' && key !== 'alive') return described;
  const { check: _check, ...properties } = (value['properties'] ?? {}) as Record<string, unknown>; // a function
  return { ...described, properties };
}
