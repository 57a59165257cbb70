/**
 * The JSON Schema of `dirigent.toml`, for editors. Made from the very schemas that judge a file, so the two cannot part; what a
 * structure cannot say (duplicates, variables) is left to the loader.
 */
import { constants } from 'node:os';
import { z } from 'zod';
import { ApiSchema, RunnerSchema } from '../model/config.ts';
import { TaskDefinitionSchema } from '../model/definition.ts';
import { GroupSchema } from '../model/group.ts';
import { DURATION_HINT, SIZE_HINT } from '../model/quantity.ts';
import {
  API_DESCRIPTIONS,
  DESCRIPTIONS,
  GROUP_DESCRIPTIONS,
  LOG_DESCRIPTIONS,
  NAME_DESCRIPTIONS,
  PROBE_DESCRIPTIONS,
} from './descriptions.ts';
import { isTable } from './got.ts';
import { toSnake } from './keys.ts';

/** A piece of a JSON Schema. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The schema of a whole file, JSON Schema draft 2020-12; keys as the file spells them. */
export const configJsonSchema = (): JsonSchema => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'dirigent.toml',
  description: 'Background tasks and the runner that keeps them. Other top-level tables are ignored.',
  type: 'object',
  properties: {
    tasks: {
      description: 'The tasks, each in a [[tasks]] table.',
      type: 'array',
      items: tableSchema(TaskDefinitionSchema, { ...DESCRIPTIONS, name: NAME_DESCRIPTIONS.task }),
    },
    groups: {
      description: 'Groups of tasks that live together, each in a [[groups]] table.',
      type: 'array',
      items: tableSchema(GroupSchema, { ...GROUP_DESCRIPTIONS, name: NAME_DESCRIPTIONS.group }),
    },
    runner: {
      description: 'The runner itself, and defaults for all tasks.',
      ...tableSchema(RunnerSchema, { ...DESCRIPTIONS, name: NAME_DESCRIPTIONS.runner }),
    },
    api: {
      description: 'How the runner can be reached over TCP.',
      ...tableSchema(ApiSchema, API_DESCRIPTIONS),
    },
  },
  additionalProperties: true,
});

function tableSchema(schema: z.ZodType, descriptions: Readonly<Record<string, string>>): JsonSchema {
  const { $schema: _draft, ...table } = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12', unrepresentable: 'any' });
  return inFileSpelling(table, descriptions);
}

/** `table` with described properties in snake_case. Only a table's own keys are: those of `env` are names of variables. */
function inFileSpelling(table: JsonSchema, descriptions: Readonly<Record<string, string>>): JsonSchema {
  const properties = isTable(table['properties']) ? table['properties'] : {};
  const required = Array.isArray(table['required']) ? { required: table['required'].map((key) => toSnake(String(key))) } : {};
  const spelled = Object.entries(properties).map(([key, value]) => [
    toSnake(key),
    described(key, isTable(value) ? value : {}, descriptions[key]),
  ]);
  return { ...table, properties: Object.fromEntries(spelled), ...required };
}

function described(key: string, value: JsonSchema, description: string | undefined): JsonSchema {
  if (key === 'ready' || key === 'alive') return { description, ...inFileSpelling(withoutFunction(value), PROBE_DESCRIPTIONS) };
  if (key === 'log') return { description, ...inFileSpelling(value, LOG_DESCRIPTIONS) };
  // A signal's name is judged by a function, which no structure shows.
  if (key === 'stopSignal') return { description, ...value, type: 'string', enum: Object.keys(constants.signals) };
  return { description: [description, quantityHint(key)].filter(Boolean).join(' '), ...value };
}

const DURATION_KEYS: ReadonlySet<string> = new Set([
  'timeout',
  'interval',
  'startPeriod',
  'restartWindow',
  'restartReset',
  'rotateEvery',
  'maxAge',
]);

/** A file holds no functions. */
function withoutFunction(probe: JsonSchema): JsonSchema {
  const { check: _check, ...properties } = isTable(probe['properties']) ? probe['properties'] : {};
  return { ...probe, properties };
}

function quantityHint(key: string): string | undefined {
  if (key.endsWith('Timeout') || key.endsWith('Delay') || DURATION_KEYS.has(key))
    return `Takes ${DURATION_HINT}, or a number of milliseconds.`;
  return key === 'maxSize' || key === 'total' || key === 'maxMemory' ? `Takes ${SIZE_HINT}, or a number of bytes.` : undefined;
}
