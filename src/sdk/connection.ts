import { loadSettings, type SettingsFlags } from "../config.js";
import { connectNats } from "../nats/connect.js";
import { runningServer } from "../nats/server/local.js";
import { openSession, type Session } from "../nats/session.js";

/**
 * Where to connect, and in which workspace. What is not given is found as by the command line: environment
 * (`NATS_URL`, …), `mjagent.yaml`, the local server, `nats://127.0.0.1:4222`.
 */
export interface ClientOptions extends Omit<SettingsFlags, "server" | "agentsDir"> {
  /** One URL, or several of one cluster. */
  server?: string | string[];
}

/** A connection that is made when it is first needed, and closed once. */
export class Connection implements AsyncDisposable {
  #session: Promise<Session> | undefined;
  #closed = false;

  constructor(
    private readonly name: string,
    private readonly options: ClientOptions,
  ) {}

  /** @throws MjError unreachable, auth, usage; the next call tries again */
  session(): Promise<Session> {
    if (this.#closed) return Promise.reject(new Error(`this ${this.name} is closed`));
    this.#session ??= this.#open().catch((error: unknown) => {
      this.#session = undefined;
      throw error;
    });
    return this.#session;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const session = await this.#session?.catch(() => undefined);
    // Draining sends what was published and not yet written.
    await session?.nc.drain().catch(() => undefined);
  }

  async #open(): Promise<Session> {
    const { server, ...others } = this.options;
    const flags: SettingsFlags = { ...others, ...(server !== undefined && { server: [server].flat().join(",") }) };
    const settings = await loadSettings({ flags, runningServer });
    const nc = await connectNats(settings.nats, { name: `mjagent ${this.name}`, timeoutMs: settings.timeoutMs });
    try {
      return await openSession(nc, settings.workspace);
    } catch (error) {
      await nc.close();
      throw error;
    }
  }
}
