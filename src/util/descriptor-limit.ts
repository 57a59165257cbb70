/** How many descriptors this process may have open. Reads it anew each time. */
import { readFileSync } from 'node:fs';

/** The soft limit of open files; `Number.MAX_SAFE_INTEGER` where there is none. */
export function descriptorLimit(): number {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1];
  return soft === undefined || soft === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(soft);
}
