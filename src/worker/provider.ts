import type { Outcome } from "../domain/outcome.js";
import type { UsageTold } from "../domain/usage.js";
import { messageOf } from "../errors.js";
import type { Admission } from "./admission.js";
import type { EventListener } from "./events.js";

/** The provider account that an agent works with: what becomes of its attempts says whether it is accepted. */
export class Provider {
  constructor(
    private readonly admission: Admission,
    /** Null: none that is known, so nothing is held back. */
    readonly account: string | null,
  ) {}

  /** Whether one more run may begin, see `Admission.probe`. */
  async mayRun(): Promise<boolean> {
    return await this.admission.probe(this.account);
  }

  /** Takes in what an attempt that runs has used: where the model has answered, its account is accepted again. */
  used({ output_tokens }: UsageTold, startedAt: string): void {
    if (this.account !== null && (output_tokens ?? 0) > 0) {
      this.admission.answered(this.account, startedAt).catch(() => undefined);
    }
  }

  /**
   * Takes in how an attempt ended. Never throws.
   * @param startedAt when it began, ISO
   * @returns whether its account was refused, and nobody claims anything for it now
   */
  async learn(
    outcome: Outcome,
    startedAt: string,
    { agent, emit }: { agent: { agent_id: string }; emit: EventListener },
  ): Promise<boolean> {
    const { account, admission } = this;
    if (account === null) return false;
    const isRefused = outcome.kind === "failed" && outcome.reason === "rate_limited";
    try {
      if (isRefused) {
        const { message, retry_after_ms } = outcome;
        await admission.refused(account, { by: agent.agent_id, message, retry_after_ms, started_at: startedAt });
      } else if (outcome.kind === "completed") await admission.answered(account, startedAt);
    } catch (error) {
      emit({ type: "notice", message: `what ${account} may do was not noted: ${messageOf(error)}` });
    }
    return isRefused;
  }
}
