/**
 * What the service manager that started us is told: that we are ready, read our configuration anew, or end. Says nothing where nobody asked, by the
 * variable NOTIFY_SOCKET (sd_notify(3)). Its socket takes datagrams, for which Node.js has no call: the systemd-notify command has.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Tells the service manager. */
export class ServiceManager {
  readonly #socket: string | undefined;
  readonly #warn: (message: string) => void;
  #told: Promise<void> = Promise.resolve();

  /** Takes the variable out of `env`: the tasks inherit that, and none of them is to speak for us. */
  constructor(env: NodeJS.ProcessEnv, warn: (message: string) => void) {
    this.#socket = env['NOTIFY_SOCKET'] || undefined;
    delete env['NOTIFY_SOCKET'];
    this.#warn = warn;
  }

  /** We serve: what was to wait for us may begin. */
  ready(): void {
    this.#tell(['--ready', `--pid=${process.pid}`]);
  }

  /** We read our configuration anew; {@link ServiceManager.ready} follows. */
  reloading(): void {
    this.#tell(['RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1_000n}`]);
  }

  /** We end. */
  stopping(): void {
    this.#tell(['STOPPING=1']);
  }

  /** Resolves when everything is told. */
  async told(): Promise<void> {
    await this.#told;
  }

  /** One after the other, since their order means something. */
  #tell(words: readonly string[]): void {
    const { env } = process;
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#told = this.#told.then(async () => {
      try {
        const child = spawn('systemd-notify', ['--no-block', ...words], { env: { ...env, NOTIFY_SOCKET: socket }, stdio: 'ignore' });
        const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
        if (code !== 0) this.#warn(`systemd-notify ended with ${code ?? signal}: the service manager does not know of ${words.join(' ')}`);
      } catch (error) {
        this.#warn(`the service manager cannot be told of ${words.join(' ')}, since systemd-notify cannot be run: ${String(error)}`);
      }
    });
  }
}
