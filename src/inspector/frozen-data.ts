/** Tells data that can never change. Keeps nothing but what it found. */

const found = new WeakSet<object>();

/** Whether a value is a list or a table of its own keys, frozen, none of which computes something when it is read. What is in it may change. Never throws. */
export function isFrozenData(value: object): boolean {
  try {
    if (found.has(value)) return true;
    if (!Object.isFrozen(value)) return false;
    const prototype: unknown = Object.getPrototypeOf(value);
    if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return false;
    if (Object.values(Object.getOwnPropertyDescriptors(value)).some((property) => !('value' in property))) return false;
    found.add(value);
    return true;
  } catch {
    return false; // a proxy, which may say something else each time
  }
}
