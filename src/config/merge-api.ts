/** Merges `[api]` of all files, later keys over earlier ones. Its faults go to the file they are in; nothing is thrown. */
import { ApiSchema } from '../model/config.ts';
import type { ConfigDocument } from './document.ts';
import { API_KEYS, FILE_SPELLING } from './keys.ts';
import type { ApiSettings } from './loaded.ts';
import { givenAlone } from './task-defaults.ts';
import { validateTable } from './validate.ts';

/** Merges `[api]` of `documents`; a table with a fault takes no part. */
export function mergeApi(documents: readonly ConfigDocument[]): ApiSettings {
  const written = documents.map(({ api, faults }) => {
    const rules = { schema: ApiSchema, keys: API_KEYS, spelling: FILE_SPELLING, base: ['api'] };
    const { value, given, faults: found } = validateTable(api, rules);
    faults.push(...found);
    return value === undefined ? {} : givenAlone(value, given);
  });
  const { listen, allowDefine, allowedHosts } = ApiSchema.parse(Object.assign({}, ...written));
  return { listen: listen ?? null, allowDefine, allowedHosts };
}
