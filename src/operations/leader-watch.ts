import type { Snapshot } from "../domain/snapshot.js";
import { currentLeader } from "../nats/leadership.js";
import type { Session } from "../nats/session.js";

/** Who leads, by the last time that it was asked for. */
export class LeaderWatch {
  #known: Snapshot["leader"] = null;

  constructor(
    private readonly session: Session,
    /** Another one leads, or none any more. */
    private readonly onChange: () => void,
  ) {}

  get known(): Snapshot["leader"] {
    return this.#known;
  }

  /** While the server is away, the last one that was known stays. */
  async ask(): Promise<void> {
    try {
      const { leader } = await currentLeader(this.session, 0);
      if (leader?.instance_id !== this.#known?.instance_id) this.onChange();
      this.#known = leader;
    } catch {
      // It is asked again soon.
    }
  }
}
