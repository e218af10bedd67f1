import { expect, test } from "vitest";
import { type AgentSession, sessionToResume } from "../../src/domain/agent-session.js";
import type { FailureReason } from "../../src/domain/reasons.js";
import { apply, claim, FENCE, NOW, recordIn } from "./records.js";
import { transition } from "../../src/domain/lifecycle.js";

const session: AgentSession = { adapter: "codex", session_id: "s", host: "h", cwd: "/w", usage: null };
const here = { adapter: "codex", host: "h", cwd: "/w" };

test.each<[FailureReason | null, boolean]>([
  [null, true],
  ["agent_lost", true],
  ["rate_limited", true],
  ["timeout", true],
  ["turn_limit", true],
  ["context_overflow", false],
  ["loop", false],
])("after %s it is gone on with: %s", (reason, expected) => {
  const error = reason && { reason, message: "" };
  expect(sessionToResume({ session, error }, here)).toBe(expected ? session : null);
});

test("the record keeps it over a failed attempt and a lost owner; a person's retry starts afresh", () => {
  const noted = transition(recordIn("in_progress"), { type: "session", fence: FENCE, session }, NOW);
  expect(noted).toMatchObject({ status: "in_progress", session });
  const lost = apply(noted as never, { type: "owner_lost", fence: FENCE, message: "silent" });
  expect(claim(lost)).toMatchObject({ session });
  const failed = { ...recordIn("failed"), session };
  expect(apply(failed, { type: "retried", by: "kim", reason: null })).toMatchObject({ session: null });
});
