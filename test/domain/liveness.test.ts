import { describe, expect, it } from "vitest";
import { Liveness } from "../../src/domain/liveness.js";
import type { AgentStatus } from "../../src/domain/message.js";

const LEASE = 90_000;
const DEFAULT = 60_000;

interface Over {
  agent_id?: string;
  instance_id?: string;
  role?: string;
  status?: AgentStatus;
  lease_ms?: number;
  current_tasks?: string[];
}
const beat = (over: Over = {}) => ({
  agent_id: "Debbie",
  instance_id: "i1",
  role: "debbie",
  current_tasks: [],
  status: "idle" as AgentStatus,
  lease_ms: LEASE,
  ...over,
});
const alive = (recheck_ms: number) => ({ lost: false, recheck_ms });
const lost = (why: string) => ({ lost: true, why });

/** One that saw a beat of Debbie, instance i1, with sequence 10 at time 0. */
function seen(): Liveness {
  const liveness = new Liveness(DEFAULT);
  liveness.beat(beat(), 10, 0);
  return liveness;
}

it.each([
  [0, alive(LEASE)],
  [1, alive(LEASE - 1)],
  [LEASE - 1, alive(1)],
  [LEASE, lost("Debbie was silent for 90s")],
  [LEASE + 1_234, lost("Debbie was silent for 91.2s")],
])("%i ms after a beat", (now, verdict) => {
  expect(seen().verdict("Debbie", "i1", now)).toEqual(verdict);
});

it("each beat starts the lease anew, with the lease it names itself", () => {
  const liveness = seen();
  liveness.beat(beat({ lease_ms: 1_000 }), 11, 80_000);
  expect(liveness.verdict("Debbie", "i1", 80_999)).toEqual(alive(1));
  expect(liveness.verdict("Debbie", "i1", 81_000).lost).toBe(true);
});

it("an agent that fell silent and beats again is there again", () => {
  const liveness = seen();
  expect(liveness.verdict("Debbie", "i1", 200_000).lost).toBe(true);
  liveness.beat(beat(), 11, 200_001);
  expect(liveness.verdict("Debbie", "i1", 200_002)).toEqual(alive(LEASE - 1));
});

describe("an owner no beat was seen of", () => {
  it("is silent since it was first asked about, for the default lease", () => {
    const liveness = new Liveness(DEFAULT);
    expect(liveness.verdict("Debbie", "i1", 5_000)).toEqual(alive(DEFAULT));
    expect(liveness.verdict("Debbie", "i1", 64_999)).toEqual(alive(1));
    expect(liveness.verdict("Debbie", "i1", 65_000)).toEqual(lost("Debbie was silent for 60s"));
  });

  it("is judged by its beats as soon as there is one", () => {
    const liveness = new Liveness(DEFAULT);
    liveness.verdict("Debbie", "i1", 0);
    liveness.beat(beat(), 1, 59_999);
    expect(liveness.verdict("Debbie", "i1", 60_000)).toEqual(alive(LEASE - 1));
  });
});

it("another instance of the same agent: what the old one owned is lost at once", () => {
  const liveness = seen();
  expect(liveness.beat(beat({ instance_id: "i2" }), 11, 10)).toBe(true);
  expect(liveness.verdict("Debbie", "i1", 10)).toEqual(lost("Debbie was started anew"));
  expect(liveness.verdict("Debbie", "i2", 10)).toEqual(alive(LEASE));
});

it("a goodbye: lost at once, until it beats again", () => {
  const liveness = seen();
  expect(liveness.beat(beat({ status: "offline" }), 11, 10)).toBe(true);
  expect(liveness.verdict("Debbie", "i1", 10)).toEqual(lost("Debbie went offline"));
  expect(liveness.beat(beat({ status: "busy" }), 12, 20)).toBe(true);
  expect(liveness.verdict("Debbie", "i1", 20)).toEqual(alive(LEASE));
});

it("agents do not touch one another", () => {
  const liveness = seen();
  liveness.beat(beat({ agent_id: "Alice", status: "offline" }), 11, 50);
  expect(liveness.verdict("Debbie", "i1", 60)).toEqual(alive(LEASE - 60));
  expect(liveness.verdict("Alice", "i1", 60).lost).toBe(true);
});

describe("beat tells what is news", () => {
  it.each([
    ["the first of an agent", beat({ agent_id: "Alice" }), 11, true],
    ["one like the last", beat(), 11, false],
    ["another status", beat({ status: "busy" }), 11, false],
    ["a goodbye", beat({ status: "offline" }), 11, true],
    ["another instance", beat({ instance_id: "i2" }), 11, true],
    ["the same beat again", beat({ instance_id: "i2" }), 10, false],
    ["an older beat", beat({ status: "offline" }), 9, false],
  ])("%s", (_, given, seq, news) => {
    expect(seen().beat(given, seq, 1)).toBe(news);
  });

  it.each([
    [LEASE - 1, false],
    [LEASE, true],
  ])("one after %i ms of silence", (now, news) => {
    expect(seen().beat(beat(), 11, now)).toBe(news);
  });

  it("a beat that was noted before does not renew the lease, nor does an older one", () => {
    const liveness = seen();
    liveness.beat(beat(), 10, 80_000);
    liveness.beat(beat(), 9, 80_000);
    expect(liveness.verdict("Debbie", "i1", LEASE).lost).toBe(true);
    expect(liveness.lastSeq("Debbie")).toBe(10);
  });

  it("lastSeq of an unknown agent is 0", () => {
    expect(new Liveness(DEFAULT).lastSeq("Debbie")).toBe(0);
  });
});

describe("restart: beats could have been missed", () => {
  it("every timer starts anew, also of owners never seen", () => {
    const liveness = seen();
    liveness.verdict("Alice", "i9", 0);
    liveness.restart(100_000);
    expect(liveness.verdict("Debbie", "i1", 100_000)).toEqual(alive(LEASE));
    expect(liveness.verdict("Alice", "i9", 100_000)).toEqual(alive(DEFAULT));
    expect(liveness.verdict("Debbie", "i1", 190_000).lost).toBe(true);
  });

  it("what is no matter of silence stays", () => {
    const liveness = seen();
    liveness.beat(beat({ instance_id: "i2", status: "offline" }), 11, 10);
    liveness.restart(20);
    expect(liveness.verdict("Debbie", "i1", 20)).toEqual(lost("Debbie was started anew"));
    expect(liveness.verdict("Debbie", "i2", 20)).toEqual(lost("Debbie went offline"));
    expect(liveness.lastSeq("Debbie")).toBe(11);
  });

  it("a stream that lost its last messages counts from lower: its beats count all the same", () => {
    const liveness = seen();
    liveness.restart(1_000);
    expect(liveness.beat(beat(), 4, 31_000)).toBe(false);
    expect(liveness.lastSeq("Debbie")).toBe(4);
    liveness.beat(beat(), 5, 61_000);
    expect(liveness.verdict("Debbie", "i1", 91_000)).toEqual(alive(60_000));
    expect(liveness.beat(beat({ status: "offline" }), 5, 91_000), "only the first is taken so").toBe(false);
  });
});

describe("present: who was seen to be there", () => {
  const ids = (liveness: Liveness): string[] => liveness.present(1_000).map(({ agent_id }) => agent_id);
  const stored = (): Liveness => {
    const liveness = new Liveness(DEFAULT);
    liveness.beat(beat(), 10, 0, false);
    return liveness;
  };

  it("with its silence, its lease and its last beat", () => {
    expect(seen().present(1_000)).toEqual([
      { agent_id: "Debbie", instance_id: "i1", lease_ms: LEASE, silent_ms: 1_000, seq: 10 },
    ]);
  });

  it.each<[string, (liveness: Liveness) => void, string[]]>([
    ["a beat that was stored before we listened", () => undefined, []],
    ["then one that we heard", (liveness) => void liveness.beat(beat(), 11, 1), ["Debbie"]],
    ["then work it owns", (liveness) => void liveness.verdict("Debbie", "i1", 1), ["Debbie"]],
    ["then work another instance owns", (liveness) => void liveness.verdict("Debbie", "i0", 1), []],
  ])("%s", (_, then, expected) => {
    const liveness = stored();
    then(liveness);
    expect(ids(liveness)).toEqual(expected);
  });

  it("not those who said goodbye", () => {
    const liveness = seen();
    liveness.beat(beat({ status: "offline" }), 11, 1);
    expect(ids(liveness)).toEqual([]);
  });
});

it("who is there for which role, and at what: by the last beats, until their leases run out", () => {
  const liveness = seen();
  liveness.beat(beat({ agent_id: "Alice", role: "alice", lease_ms: 1_000, current_tasks: ["t"] }), 11, 0);
  liveness.beat(beat({ agent_id: "Before", role: "before" }), 12, 0, false);
  liveness.beat(beat({ agent_id: "Gone", role: "gone", status: "offline" }), 13, 0);
  expect(liveness.attended(400, () => false)).toEqual({ roles: new Set(["debbie", "alice"]), recheck_ms: 600 });
  expect(liveness.attended(1_000, () => false)).toEqual({ roles: new Set(["debbie"]), recheck_ms: LEASE - 1_000 });
  expect(liveness.attended(LEASE, () => false)).toEqual({ roles: new Set(), recheck_ms: null });
  expect(["t", "u"].map((id) => liveness.isAtIt("Alice", "i1", id))).toEqual([true, false]);
  expect(liveness.isAtIt("Alice", "i2", "t")).toBe(false);
});
