import { describe, expect, it } from "vitest";
import { claimOf } from "../../src/domain/claim.js";
import { AgentDefinition } from "../../src/domain/role.js";
import { apply, recordIn } from "./records.js";

describe("claimOf", () => {
  it.each([
    [undefined, false],
    [["agent_lost"], false],
    [["exit", "timeout"], true],
  ] as const)("retry.on %j: failed when the agent is lost %s", (on, fail_when_lost) => {
    const role = AgentDefinition.parse({ name: "debbie", retry: { max_attempts: 7, ...(on && { on }) } });
    const record = apply(recordIn("available", { epoch: 0 }), claimOf(role, "Debbie", "i1"));
    expect(record).toMatchObject({ role: "debbie", owner: "Debbie", max_attempts: 7, fail_when_lost });
  });
});

it.each([["nonsense"], ["dependency_failed"], ["cancelled"]])("a role cannot try again on %s", (reason) => {
  expect(AgentDefinition.safeParse({ name: "debbie", retry: { on: [reason] } }).success).toBe(false);
});
