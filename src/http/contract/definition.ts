/** What a task is defined and changed with. Its shape is judged by the runner, which tells all problems at once; here it is described. */
import { z } from '@hono/zod-openapi';
import { taskJsonSchema } from '../../index.ts';

const { properties = {}, required } = taskJsonSchema() as { properties?: Record<string, { description?: string }>; required?: string[] };

/** A definition. */
export const NewTask = z
  .looseObject({ name: z.string(), command: z.string() })
  .openapi('TaskDefinition', { type: 'object', properties, required: required ?? [], additionalProperties: false });

/** A change of a definition. */
export const Patch = z.looseObject({}).openapi('TaskPatch', {
  type: 'object',
  description: 'Keys of a task; null takes one away.',
  properties: Object.fromEntries(
    Object.entries(properties)
      .filter(([key]) => key !== 'name')
      .map(([key, schema]) => [key, { anyOf: [schema, { type: 'null' as const }] }]),
  ),
  additionalProperties: false,
});
