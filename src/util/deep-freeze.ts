/** Makes a table unchangeable, with the tables and lists inside it. Nothing is copied. */

/** The same value, which nobody changes any more. What is neither a list nor a plain table stays as it is. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
