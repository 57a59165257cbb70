/** Four services whose processes other tools leave behind when they stop them: lines for `sh -c`. None ends by itself. */

/** Makes the line of a service; `ready` is a shell command that its last process runs once it is set up. */
type Service = (ready: string) => string;

/** The services, each with what is hard about it. */
export const SERVICES = {
  A: {
    title: 'its leader exits on SIGTERM, a child in the group ignores it',
    line: (ready) => `(trap "" TERM INT HUP; ${ready}; exec sleep 1000) & trap "exit 0" TERM INT; wait`,
  },
  B: {
    title: 'a double fork in the group',
    line: (ready) => `( (${ready}; exec sleep 1000) & ); exec sleep 1000`,
  },
  C: {
    title: 'a child in a session of its own that ignores SIGTERM',
    line: (ready) => `setsid sh -c 'trap "" TERM INT HUP; ${ready}; exec sleep 1000' & exec sleep 1000`,
  },
  D: {
    title: 'a classic daemon: a session of its own and a double fork at once, stdio closed',
    line: (ready) =>
      `setsid sh -c '( ( trap "" TERM INT HUP; ${ready}; exec sleep 1000 <&- >/dev/null 2>&1 ) & ); exit 0' & exec sleep 1000`,
  },
} as const satisfies Record<string, { readonly title: string; readonly line: Service }>;

/** The names of the services. */
export const SERVICE_NAMES = ['A', 'B', 'C', 'D'] as const;
