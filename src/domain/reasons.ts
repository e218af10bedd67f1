/**
 * Why an attempt failed: the closed list. Rules act on these names, so a new one is added here, given its class,
 * and nowhere else. `permanent` reasons are not retried: trying again cannot help.
 */
export const FAILURE_REASONS = {
  exit: { permanent: false, text: "the command exited with an error" },
  timeout: { permanent: false, text: "the command ran longer than its time limit" },
  stalled: { permanent: false, text: "the command printed nothing for longer than its stall limit" },
  killed: { permanent: false, text: "the command was killed by a signal that was not ours" },
  agent_error: { permanent: false, text: "the agent reported an error" },
  rate_limited: { permanent: false, text: "the provider refused for now: rate limit" },
  overloaded: { permanent: false, text: "the provider refused for now: overloaded" },
  server_error: { permanent: false, text: "the provider had an error of its own" },
  network: { permanent: false, text: "the provider could not be reached" },
  no_result: { permanent: false, text: "the command ended without a readable result" },
  hook_failed: { permanent: false, text: "the command completed, and what its role runs after it failed" },
  commit_failed: { permanent: false, text: "what the command changed could not be committed" },
  agent_lost: { permanent: false, text: "the agent stopped beating while it ran the task" },
  invalid_output: { permanent: true, text: "the command's result is not in the agreed form" },
  invalid_input: { permanent: true, text: "the task cannot be turned into a safe command" },
  spawn: { permanent: true, text: "the command could not be started" },
  crash: { permanent: true, text: "the agent's program failed" },
  usage_error: { permanent: true, text: "the agent's program does not know an option it was given" },
  auth: { permanent: true, text: "the agent is not logged in" },
  billing: { permanent: true, text: "the provider wants to be paid" },
  invalid_request: { permanent: true, text: "the provider does not accept what it was sent" },
  model_not_found: { permanent: true, text: "the provider has no such model" },
  context_overflow: { permanent: true, text: "the conversation became longer than the model can read" },
  permission_denied: { permanent: true, text: "the agent was not allowed to do what it needed to" },
  turn_limit: { permanent: true, text: "the agent took as many turns as it may" },
  loop: { permanent: true, text: "the agent went round in circles" },
  scope_violation: { permanent: true, text: "the command changed files it must not change" },
  budget: { permanent: true, text: "the task has used up its budget" },
  dependency_failed: { permanent: true, text: "a task this one waits for failed or was cancelled" },
  rejected: { permanent: true, text: "a person rejected it" },
  cancelled: { permanent: true, text: "it was cancelled" },
} as const;

export type FailureReason = keyof typeof FAILURE_REASONS;

/** Why tasks fail that no attempt of theirs decides. */
const OTHER_REASONS = ["budget", "dependency_failed", "rejected", "cancelled"] as const;
type OtherReason = (typeof OTHER_REASONS)[number];

/** The reasons an attempt can fail for: those a role can choose to try again after. */
export const ATTEMPT_REASONS = Object.keys(FAILURE_REASONS).filter(
  (reason) => !(OTHER_REASONS as readonly string[]).includes(reason),
) as Exclude<FailureReason, OtherReason>[];

/** Whether trying again can help. */
export const isRetryable = (reason: FailureReason): boolean => !FAILURE_REASONS[reason].permanent;
