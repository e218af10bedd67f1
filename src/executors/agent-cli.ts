import { hostname } from "node:os";
import { type AgentSession, sessionToResume } from "../domain/agent-session.js";
import type { AgentCommand } from "../domain/command.js";
import type { Outcome } from "../domain/outcome.js";
import type { Role } from "../domain/role.js";
import { nothingUsed } from "../domain/usage.js";
import type { Adapter } from "./adapters/adapter.js";
import { agentOutcome } from "./agent-outcome.js";
import { agentPrompt, repairPrompt } from "./agent-prompt.js";
import { type AgentOf, type AgentRun, runAgent } from "./agent-run.js";
import { answerValue } from "./answer.js";
import { type ExecutorOptions, setUp } from "./attempt.js";
import { plus, type Usage } from "./dialects/dialect.js";
import type { AttemptInput, ExecutionContext, Executor } from "./executor.js";
import { failed } from "./outcome.js";
import { schemaProblem } from "./result-schema.js";

/** Words of a CLI that does not find the session it is to go on with. */
const NO_SESSION =
  /(no conversation|session|thread|rollout|conversation)[^\n]{0,80}(not found|does not exist|no longer)|no (conversation|session|rollout)[^\n]{0,40}found|invalid session/i;

/** Runs an agent CLI by its adapter: a session that can be gone on with, limits, and an answer in the agreed form. */
export function agentExecutor(role: Role, command: AgentCommand, adapter: Adapter, options: ExecutorOptions): Executor {
  const allow = [...role.env.allow, ...(adapter.passes ?? [])].filter(
    (name) => adapter.unsets?.includes(name) !== true,
  );
  const env = { ...role.env, allow };
  const limits = { maxTurns: role.max_turns, maxSteps: role.max_steps };
  const of: AgentOf = { setup: setUp({ ...role, env }, options), adapter, command, limits };
  return {
    async run(input: AttemptInput, context: ExecutionContext): Promise<Outcome> {
      const attempt = new AgentAttempt(role, of, input, context);
      const outcome = await attempt.run();
      return role.result_schema === undefined ? outcome : await attempt.withValidData(outcome, role.result_schema);
    },
  };
}

/** One attempt: a run of the CLI, and at most one more for a fresh session, and one for an answer that was not valid. */
class AgentAttempt {
  readonly #here: Pick<AgentSession, "adapter" | "host" | "cwd">;
  /** What its session had used when it was last counted. */
  #counted: AgentSession["usage"] = null;
  #usage = nothingUsed();
  #told = "";

  constructor(
    private readonly role: Role,
    private readonly of: AgentOf,
    private readonly input: AttemptInput,
    private readonly context: ExecutionContext,
  ) {
    const { adapter, setup } = of;
    this.#here = { adapter: adapter.name, host: hostname(), cwd: context.cwd ?? setup.cwd };
  }

  async run(): Promise<Outcome> {
    const { role, of, input, context } = this;
    const prompt = (of: AgentSession | null): string => agentPrompt({ role, ...this.of }, input, context, of);
    const session = of.adapter.lacks?.resume === true ? null : sessionToResume(input.task, this.#here);
    this.#counted = session?.usage ?? null;
    const ran = await this.#turn(prompt(session), session?.session_id);
    if (session === null || !isGone(ran) || context.signal.aborted) return this.#outcome(ran);
    context.log("stderr", `session ${session.session_id} is not there any more: starting afresh`);
    this.#counted = null;
    return this.#outcome(await this.#turn(prompt(null), undefined));
  }

  /** With the JSON that the role wants; asked for once more where the CLI can go on with its session. */
  async withValidData(outcome: Outcome, schema: object): Promise<Outcome> {
    if (outcome.kind !== "completed") return outcome;
    const first = checked(outcome, schema);
    const session = outcome.result.session_id;
    if (first.kind === "completed" || session === null || this.of.adapter.lacks?.resume === true) return first;
    this.context.log("stderr", `${first.message}: asking for it once more`);
    const ran = await this.#turn(repairPrompt(first.message, schema), session);
    const repaired = this.#outcome(ran);
    if (repaired.kind !== "completed") return repaired;
    const { output, summary } = outcome.result;
    const second = checked(repaired, schema);
    // The answer that people read is the first: the second is nothing but the JSON.
    return second.kind === "completed" ? { ...second, result: { ...second.result, output, summary } } : second;
  }

  async #turn(prompt: string, resume: string | undefined): Promise<AgentRun> {
    let known: string | null = null;
    const ran = await runAgent(this.of, this.input, this.context, {
      prompt,
      resume,
      onTold: ({ sessionId, usage, model }) => {
        this.#tellUsage(plus(this.#usage, this.#since(usage)), model);
        if (sessionId === null || sessionId === known) return;
        known = sessionId;
        this.#tell(sessionId);
      },
    });
    const { usage, sessionId } = ran.told;
    this.#usage = plus(this.#usage, this.#since(usage));
    if (this.of.adapter.cumulativeUsage === true) {
      const { input_tokens, output_tokens } = usage;
      if (input_tokens !== null) this.#counted = { input_tokens, output_tokens };
      if (sessionId !== null) this.#tell(sessionId);
    }
    return ran;
  }

  #tell(session_id: string): void {
    this.context.onSession?.({ ...this.#here, session_id, usage: this.#counted });
  }

  /** What its turns have used in all, when that is news. */
  #tellUsage(usage: Usage, model: string | null): void {
    const { adapter, command } = this.of;
    const told = { ...usage, adapter: adapter.name, model: model ?? command.model ?? null };
    if (JSON.stringify(told) === this.#told) return;
    this.#told = JSON.stringify(told);
    this.context.onUsage?.(told);
  }

  /** What was used since it was last counted. */
  #since(usage: Usage): Usage {
    if (this.of.adapter.cumulativeUsage !== true || this.#counted === null) return usage;
    const less = (now: number | null, before: number | null): number | null =>
      now === null ? null : Math.max(0, now - (before ?? 0));
    const { input_tokens, output_tokens } = this.#counted;
    return {
      ...usage,
      input_tokens: less(usage.input_tokens, input_tokens),
      output_tokens: less(usage.output_tokens, output_tokens),
    };
  }

  #outcome(ran: AgentRun): Outcome {
    const outcome = agentOutcome(this.of.adapter, ran);
    if (!("result" in outcome) || outcome.result === null) return outcome;
    return { ...outcome, result: { ...outcome.result, usage: this.#usage } };
  }
}

/** Whether a CLI did not find the session it was to go on with: it said so, and did nothing else. */
function isGone({ told, end }: AgentRun): boolean {
  if (told.ending?.ok === true || told.steps > 0) return false;
  const said = told.ending?.trouble.message ?? told.trouble?.message ?? "";
  return NO_SESSION.test(`${said}\n${end.lines.tail("stderr") ?? ""}`);
}

type Completed = Extract<Outcome, { kind: "completed" }>;

function checked(outcome: Completed, schema: object): Completed | Extract<Outcome, { kind: "failed" }> {
  const { result } = outcome;
  const data = result.data ?? answerValue(result.output ?? "") ?? null;
  const problem = data === null ? "it ends with no JSON" : schemaProblem(schema, data);
  if (problem === null) return { ...outcome, result: { ...result, data } };
  return failed("invalid_output", `the answer is not in the agreed form: ${problem}`, result);
}
