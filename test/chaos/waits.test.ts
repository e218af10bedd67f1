import { describe, expect, it } from "vitest";
import { idleWaits, type WaitFacts } from "../../chaos/waits.mjs";
import type { TaskRecord } from "../../src/domain/task.js";

const RUN = { launcher: "A", task: "u", epoch: 1, run_id: "r", pid: 1, code: 0 };
const T0 = Date.parse("2030-01-31T09:00:00Z");
const at = (s: number): number => T0 + s * 1_000;

/** One launcher that takes designs and leads; a design that becomes available at 10 s and is claimed at `claimed` s. */
function facts(claimed: number | null, more: Partial<WaitFacts> = {}): WaitFacts {
  const history =
    claimed === null ? [] : [{ epoch: 1, started_at: new Date(at(claimed)).toISOString(), ended_at: null }];
  return {
    records: [{ task_id: "t", type: "design", history, finished_at: null } as unknown as TaskRecord],
    availableAt: [{ task: "t", at: at(10) }],
    takers: { design: ["A"] },
    lives: [{ launcher: "A", from: at(0), to: at(100), how: "asked" }],
    told: ["registered", "leading"].map((event) => ({ launcher: "A", event, at: at(1) })),
    ...{ runs: [], faults: [], endedAt: at(100) },
    ...more,
  };
}

const fault = (kind: string, from: number, to: number) => ({ kind, at: at(from), until: at(to), launcher: "A" });

describe("a claim that is not run", () => {
  const claimed = (more: Partial<WaitFacts> = {}): WaitFacts => {
    const history = [{ epoch: 1, agent_id: "A", started_at: new Date(at(20)).toISOString(), ended_at: null }];
    return facts(20, { records: [{ ...facts(20).records[0]!, history } as unknown as TaskRecord], ...more });
  };

  it("is stalled while its launcher is in order", () => {
    const what = `A claimed epoch 1 at ${new Date(at(20)).toISOString()} and did not run it`;
    expect(idleWaits(claimed()).stalls).toEqual([{ task: "t", what }]);
  });

  it("is not when it was run, or its launcher was broken", () => {
    expect(idleWaits(claimed({ runs: [{ ...RUN, task: "t", start: at(21), end: null }] })).stalls).toEqual([]);
    expect(idleWaits(claimed({ faults: [fault("refuse connections", 15, 95)] })).stalls).toEqual([]);
  });
});

describe("an available task beside an idle agent", () => {
  it("its wait is measured", () => {
    expect(idleWaits(facts(12))).toEqual({ waits: [{ task: "t", ms: 2_000 }], stalls: [] });
  });

  it("left lying for long, it is stalled", () => {
    expect(idleWaits(facts(21)).stalls).toEqual([
      { task: "t", what: expect.stringMatching(/^available since/) as string },
    ]);
    expect(idleWaits(facts(null)).stalls).toHaveLength(1);
  });

  it.each<[why: string, more: Partial<WaitFacts>]>([
    ["the agent was busy", { runs: [{ ...RUN, start: at(5), end: at(60) }] }],
    ["the agent could not be reached", { faults: [fault("refuse connections", 5, 60)] }],
    ["nobody led", { told: [{ launcher: "A", event: "registered", at: at(1) }] }],
    ["the server was away", { faults: [{ kind: "kill server", at: at(5), until: at(60), server: "s" }] }],
    ["no launcher takes it", { takers: { design: [] } }],
  ])("not when %s", (_, more) => {
    expect(idleWaits(facts(60, more))).toEqual({ waits: [], stalls: [] });
  });

  it("a token that went to an agent which then was broken comes back after its ack_wait: no stall", () => {
    const found = idleWaits(facts(24, { faults: [fault("cut connection", 10, 10)] }));
    expect(found.waits).toEqual([{ task: "t", ms: 11_500 }]);
    expect(found.stalls).toEqual([]);
  });
});
