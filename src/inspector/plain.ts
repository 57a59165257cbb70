/**
 * Values of a living program as JSON: short, without secrets, without references into what lives. Never throws, whatever the values do; what
 * cannot be read is said in brackets. Nothing of a value is kept that could change.
 */
import { messageOf } from '../errors.ts';
import { isFrozenData } from './frozen-data.ts';
import { REDACTED, secrecyOf } from './secret-keys.ts';

/** What becomes of a value; what it returns is told in its stead. Secret-looking keys do not come here: they are redacted already. */
export type Redact = (key: string, value: unknown) => unknown;

/** Objects within objects. */
const MAX_DEPTH = 6;
/** Of a string. */
const MAX_CHARS = 2_048;
/** Of a list, a table, a map or a set. */
const MAX_ITEMS = 100;
/** Of everything in one value, each element counted as some more. */
const MAX_TOTAL_CHARS = 64 * 1024;
const CHARS_PER_ITEM = 8;

/** Turns values into JSON, one after the other. */
export class Plainer {
  readonly #redact: Redact | undefined;
  #left = MAX_TOTAL_CHARS;
  /** What is around the value at hand. */
  #around: object[] = [];
  /** Whether everything told since it was set is whole, and can never be another. */
  #isLasting = true;

  constructor(redact?: Redact) {
    this.#redact = redact;
  }

  /** Characters that the last value took, about. */
  get spent(): number {
    return MAX_TOTAL_CHARS - this.#left;
  }

  /** A value as JSON; undefined stays undefined. */
  toPlain(value: unknown, key = ''): unknown {
    this.#left = MAX_TOTAL_CHARS;
    this.#around = [];
    return this.#open(key, value);
  }

  /** The own keys of a table, each with what it holds. */
  toPlainRecord(table: object): Record<string, unknown> {
    const plain = this.toPlain(table);
    return typeof plain === 'object' && plain !== null && !Array.isArray(plain) ? (plain as Record<string, unknown>) : { value: plain };
  }

  /** By the key first: what is secret is not even looked at. */
  #open(key: string, value: unknown): unknown {
    this.#left -= CHARS_PER_ITEM + key.length;
    // Most values are small ones, and thousands of them are told at a time.
    if (key === '' || (this.#redact === undefined && !isTelling(value))) return this.#toPlain(value);
    const secrecy = secrecyOf(key);
    if (secrecy !== 'open' && isTelling(value)) return secrecy === 'values' ? this.#namesOf(value) : REDACTED;
    return this.#toPlain(this.#redact === undefined ? value : this.#asked(this.#redact, key, value));
  }

  #asked(redact: Redact, key: string, value: unknown): unknown {
    // It is the caller's code, and may do something that we hear of while we are at it.
    const [left, around] = [this.#left, this.#around];
    try {
      return redact(key, value);
    } catch {
      return '[redact failed]';
    } finally {
      [this.#left, this.#around] = [left, around];
    }
  }

  #namesOf(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return REDACTED;
    const names = safely(() => Object.keys(value), []).slice(0, MAX_ITEMS);
    return Object.fromEntries(names.map((name) => [name, REDACTED]));
  }

  #toPlain(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
        return this.#shorten(value);
      case 'number':
        return Number.isFinite(value) ? value : String(value);
      case 'bigint':
        return `${value}n`;
      case 'symbol':
        return value.toString();
      case 'function':
        return `[function ${safely(() => value.name, '')}]`;
      case 'object':
        return value === null ? null : this.#toPlainObject(value);
      default:
        return value;
    }
  }

  #shorten(text: string): string {
    const max = Math.max(0, Math.min(MAX_CHARS, this.#left));
    this.#left -= Math.min(text.length, max);
    return text.length <= max ? text : `${text.slice(0, max)}… (${text.length} characters)`;
  }

  #toPlainObject(value: object): unknown {
    // The same definition hangs on a task's machine as long as that lives, and is told with each hello.
    if (this.#redact !== undefined || !isFrozenData(value)) {
      this.#isLasting = false;
      return this.#toPlainAround(value);
    }
    const kept = lasting.get(value);
    if (kept !== undefined && kept.chars <= this.#left) {
      this.#left -= kept.chars;
      return kept.plain;
    }
    const [wasLasting, left] = [this.#isLasting, this.#left];
    this.#isLasting = true;
    const plain = this.#toPlainAround(value);
    if (this.#isLasting && this.#left > 0) lasting.set(value, { plain, chars: left - this.#left });
    this.#isLasting &&= wasLasting;
    return plain;
  }

  #toPlainAround(value: object): unknown {
    if (this.#around.includes(value)) return this.#cut('[circular]');
    if (this.#around.length >= MAX_DEPTH || this.#left <= 0) return this.#cut('[…]');
    this.#around.push(value);
    try {
      if (Array.isArray(value)) return value.length === 0 ? [] : this.#toList(value);
      return this.#toTold(value);
    } catch {
      return this.#cut('[unreadable]');
    } finally {
      this.#around.pop();
    }
  }

  /** Told in the place of what is there, which is no longer told whole. */
  #cut(told: string): string {
    this.#isLasting = false;
    return told;
  }

  #toTold(value: object): unknown {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null)
      return '_nodes' in value && 'machine' in value ? this.#toSnapshot(value) : this.#toTable(value);
    if ('sessionId' in value && 'send' in value && 'id' in value)
      return { $actor: this.#toPlain(value.sessionId), id: this.#toPlain(value.id) };
    if (value instanceof Error) return this.#toError(value);
    if (value instanceof Date) return safely(() => value.toISOString(), 'Invalid Date');
    if (value instanceof RegExp || value instanceof URL) return this.#shorten(String(value));
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.constructor.name} of ${value.byteLength} bytes]`;
    if (value instanceof Set) return { $set: this.#toList(value) };
    if (value instanceof Map) return { $map: this.#toEntries(value) };
    if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet) return `[${value.constructor.name}]`;
    return this.#toTable(value);
  }

  /** What a machine's snapshot says of itself, without the machine, which hangs on it. */
  #toSnapshot(snapshot: object): Record<string, unknown> {
    const told = ['status', 'value', 'context', 'output'].filter((key) => key in snapshot);
    return Object.fromEntries(told.map((key) => [key, this.#open(key, read(snapshot as Readonly<Record<string, unknown>>, key))]));
  }

  #toTable(table: object): Record<string, unknown> {
    const left = this.#left;
    const plain = this.#toTableLikeIt(table as Readonly<Record<string, unknown>>);
    if (plain !== undefined) return plain;
    this.#left = left;
    return this.#toTableByKeys(table as Readonly<Record<string, unknown>>);
  }

  /**
   * A copy, in which what is no JSON is replaced: several times as fast as a table that grows key by key. Undefined where that does not do: for a table
   * that is too large, throws, or has keys that JSON has none for.
   */
  #toTableLikeIt(source: Readonly<Record<string, unknown>>): Record<string, unknown> | undefined {
    const keys = Object.keys(source);
    if (keys.length > MAX_ITEMS || Object.getOwnPropertySymbols(source).length > 0) return undefined;
    const plain = safely<Record<string, unknown> | undefined>(() => ({ ...source }), undefined);
    if (plain === undefined) return undefined;
    for (const key of keys) {
      const told = this.#open(key, plain[key]);
      if (told === undefined || this.#left <= 0 || key === '__proto__') return undefined;
      if (told !== plain[key]) plain[key] = told;
    }
    return plain;
  }

  #toTableByKeys(source: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const plain: Record<string, unknown> = {};
    let count = 0;
    for (const key of Object.keys(source)) {
      if ((count += 1) > MAX_ITEMS || this.#left <= 0) {
        plain['…'] = '[more]';
        break;
      }
      const told = this.#open(key, read(source, key));
      // A key of this name would change what the table is, instead of what it holds.
      if (key === '__proto__') Object.defineProperty(plain, key, { value: told, enumerable: true, configurable: true, writable: true });
      else if (told !== undefined) plain[key] = told;
    }
    return plain;
  }

  #toList(items: Iterable<unknown>): unknown[] {
    const plain: unknown[] = [];
    for (const item of items) {
      if (plain.length >= MAX_ITEMS || this.#left <= 0) {
        plain.push('[more]');
        break;
      }
      plain.push(this.#open('', item) ?? null);
    }
    return plain;
  }

  /** A key that is a string is judged as that of a table is. */
  #toEntries(map: ReadonlyMap<unknown, unknown>): unknown[] {
    const plain: unknown[] = [];
    for (const [key, value] of map) {
      if (plain.length >= MAX_ITEMS || this.#left <= 0) {
        plain.push('[more]');
        break;
      }
      plain.push([this.#open('', key) ?? null, this.#open(typeof key === 'string' ? key : '', value) ?? null]);
    }
    return plain;
  }

  #toError(error: Error): Record<string, unknown> {
    const code: unknown = 'code' in error ? error.code : undefined;
    return { ...toFrameError(error), ...(code !== undefined && { code: this.#toPlain(code) }) };
  }
}

/** What was told of tables that are frozen, as is all that is in them: they are told again and again. */
const lasting = new WeakMap<object, { readonly plain: unknown; readonly chars: number }>();

/** An error, or whatever was thrown, as it travels. */
export function toFrameError(thrown: unknown): { readonly name: string; readonly message: string } {
  const name = safely<unknown>(() => (thrown instanceof Error ? thrown.name : undefined), undefined);
  const message = safely<unknown>(() => messageOf(thrown), undefined);
  return { name: textOf(name, 'Error'), message: textOf(message, '[unreadable]') };
}

const textOf = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value.slice(0, MAX_CHARS) : otherwise);

/** What a number or a truth value tells is how much of a secret there is, if that. */
const isTelling = (value: unknown): boolean => (typeof value === 'string' && value !== '') || (typeof value === 'object' && value !== null);

/** What a key holds, or that asking it threw. */
function read(source: Readonly<Record<string, unknown>>, key: string): unknown {
  try {
    return source[key];
  } catch {
    return '[threw]';
  }
}

function safely<T>(get: () => T, otherwise: T): T {
  try {
    return get();
  } catch {
    return otherwise;
  }
}
