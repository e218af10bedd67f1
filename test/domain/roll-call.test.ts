import { describe, expect, it } from "vitest";
import type { Presence } from "../../src/domain/liveness.js";
import { absentBefore, callRoll } from "../../src/domain/roll-call.js";

const LEASE = 90_000;
const agent = (silent_ms: number, over: Partial<Presence> = {}): Presence => ({
  ...{ agent_id: "Debbie", instance_id: "i1", lease_ms: LEASE, silent_ms, seq: 10 },
  ...over,
});
const told = (instance_id = "i1", seq = 10) => new Map([["Debbie", { instance_id, seq }]]);
const nobody = new Map<string, Presence>();

describe("who is lost, who is back, and when to look again", () => {
  it.each([
    ["in time", agent(30_000), nobody, { lost: [], back: [], recheck_ms: 60_000 }],
    ["a ms in time", agent(LEASE - 1), nobody, { lost: [], back: [], recheck_ms: 1 }],
    ["silent for its lease", agent(LEASE), nobody, { lost: ["Debbie"], back: [], recheck_ms: null }],
    ["silent, and told", agent(LEASE), told(), { lost: [], back: [], recheck_ms: null }],
    ["silent, another instance was told", agent(LEASE), told("i0"), { lost: ["Debbie"], back: [], recheck_ms: null }],
    ["heard after it was told", agent(5, { seq: 11 }), told(), { lost: [], back: ["Debbie"], recheck_ms: LEASE - 5 }],
    ["told, and timers began anew", agent(5), told(), { lost: [], back: [], recheck_ms: null }],
    ["started anew after it was told", agent(5), told("i0"), { lost: [], back: [], recheck_ms: LEASE - 5 }],
    [
      "heard after it was told, and silent again",
      agent(LEASE, { seq: 11 }),
      told(),
      { lost: ["Debbie"], back: [], recheck_ms: null },
    ],
  ])("%s", (_, present, absent, expected) => {
    const { lost, back, recheck_ms } = callRoll([present], absent);
    const ids = (agents: Presence[]): string[] => agents.map(({ agent_id }) => agent_id);
    expect({ lost: ids(lost), back: ids(back), recheck_ms }).toEqual(expected);
  });

  it("looks again when the first lease may run out", () => {
    const present = [agent(1), agent(LEASE - 7, { agent_id: "Alice" }), agent(LEASE, { agent_id: "Morgan" })];
    expect(callRoll(present, nobody)).toMatchObject({ lost: [{ agent_id: "Morgan" }], recheck_ms: 7 });
    expect(callRoll([], nobody)).toEqual({ lost: [], back: [], recheck_ms: null });
  });
});

it("a new leader does not tell again what the one before told", () => {
  const present = [agent(LEASE + 60_000), agent(LEASE + 59_999, { agent_id: "Alice" })];
  const { lost } = callRoll(present, absentBefore(present));
  expect(lost.map(({ agent_id }) => agent_id)).toEqual(["Alice"]);
});
