import { describe, expect, it, test } from "vitest";
import type { BudgetStanding } from "../../src/domain/budget.js";
import { type Check, checksText } from "../../src/domain/check.js";
import { fleetChecks } from "../../src/domain/fleet-checks.js";
import { nodeCheck, type ProgramFacts, programsCheck, stateCheck } from "../../src/domain/host-checks.js";
import { serverChecks, type ServerFacts, type StreamFacts } from "../../src/domain/server-checks.js";
import { EVERYTHING } from "../../src/domain/settings.js";
import { agentState } from "../../src/domain/snapshot.js";
import type { Routing } from "../../src/domain/takers.js";
import { beat, later, NOW, settings } from "./records.js";

const GIB = 1024 ** 3;
const stream: StreamFacts = { name: "WORK", copies: 1, led: true, behind: [] };
const server: ServerFacts = {
  ...{ url: "nats://127.0.0.1:4222", version: "2.12.0", supported: true, can_sync: true, local: true },
  ...{ cluster: null, storage: [{ used: 0, limit: null }], streams: [stream], clock_ahead_ms: 3 },
};
const cluster = { name: "C", addresses: 3 };
const three: StreamFacts = { ...stream, copies: 3 };

const statusOf = (checks: readonly Check[], id: string): Check | undefined => checks.find((check) => check.id === id);

describe("what a server tells", () => {
  it("is well where nothing is wrong", () => {
    expect(serverChecks(server).map(({ id, status }) => `${id} ${status}`)).toEqual(
      ["nats", "jetstream", "sync", "copies", "clock"].map((id) => `${id} ok`),
    );
  });

  test.each<[string, Check["status"], string, Partial<ServerFacts>]>([
    ["nats", "warn", "2.8.4", { version: "2.8.4", supported: false }],
    ["nats", "ok", "of the cluster C (3 addresses known)", { cluster }],
    ["jetstream", "ok", "700.0 MiB of 1.0 GiB", { storage: [{ used: 700 * 1024 ** 2, limit: GIB }] }],
    ["jetstream", "warn", "of 1.0 GiB", { storage: [{ used: 0.81 * GIB, limit: GIB }] }],
    // Of several tiers the fullest counts.
    [
      "jetstream",
      "fail",
      "of 1.0 GiB and 2.0 GiB",
      {
        storage: [
          { used: GIB, limit: GIB },
          { used: 0, limit: 2 * GIB },
        ],
      },
    ],
    ["sync", "ok", "sync_interval: always", {}],
    ["sync", "warn", "cannot be seen from a client", { local: false }],
    ["sync", "warn", "2.9.10 syncs to disk every two minutes", { version: "2.9.10", can_sync: false }],
    ["sync", "ok", "on most of 3 servers", { local: false, cluster, streams: [three] }],
    ["sync", "warn", "cannot be seen", { local: false, cluster, streams: [three, stream] }],
    ["copies", "ok", "one copy of each stream, on the one server", {}],
    ["copies", "warn", "one copy of each stream, in a cluster", { cluster }],
    ["copies", "warn", "1, others 3 copies", { cluster, streams: [three, stream] }],
    ["copies", "ok", "3 copies of each stream", { cluster, streams: [three, three] }],
    ["copies", "warn", "copies on s2 are not up to date", { cluster, streams: [{ ...three, behind: ["s2"] }] }],
    ["copies", "fail", "WORK: no server leads", { cluster, streams: [{ ...three, led: false, behind: ["s2"] }] }],
    ["clock", "ok", "the same", { clock_ahead_ms: -1_999 }],
    ["clock", "warn", "3m 20s ahead of the server's", { clock_ahead_ms: 200_000 }],
    ["clock", "warn", "2h behind the server's", { clock_ahead_ms: -7_200_000 }],
  ])("%s: %s, %s", (id, status, what, facts) => {
    const check = statusOf(serverChecks({ ...server, ...facts }), id);
    expect(check).toMatchObject({ status, what: expect.stringContaining(what) as string });
    if (status !== "ok") expect([check?.why, check?.hint]).not.toContain(null);
  });
});

const now = Date.parse(NOW);
const online = agentState(beat(), new Date(now), now);
const offline = { ...online, status: "offline" } as const;
const routing = (over: Partial<Routing>): Routing => ({
  ...{ roles: [], agents: [online], settings: settings(), led: true, now, ...over },
});
const held = (over: Parameters<typeof settings>[0]): Routing => routing({ settings: settings(over) });
const pause = { by: "anna", reason: "moving house", at: later(-120_000) };
const quota = { account: "acc1", by: "Debbie", message: "usage limit", refusals: 1, at: later(-60_000) };
const budget = (state: BudgetStanding["state"]): BudgetStanding => ({
  ...{ role: "debbie", per: "day", hard: false, period: "2030-01-01", until: "2030-01-02T00:00:00.000Z", raise: null },
  ...{ spent: { usd: 5, tokens: 0 }, limit: { usd: 5, tokens: null }, percent: state === "ok" ? 1 : 100, state },
});

test.each<[string, Check["status"], string, string | null, Routing]>([
  ["dispatcher", "ok", "leads", null, routing({})],
  ["dispatcher", "warn", "no dispatcher", "mjagent run", routing({ led: false })],
  ["agents", "ok", "1 agent is online", null, routing({})],
  ["agents", "warn", "no agent is online", "mjagent run --all", routing({ agents: [offline] })],
  [
    "agents",
    "warn",
    "1 agent is online, 1 lost",
    "mjagent run",
    routing({ agents: [online, { ...online, lost: true }] }),
  ],
  ["pauses", "ok", "nothing is paused", null, routing({})],
  [
    ...(["pauses", "warn", "everything, debbie", "mjagent resume"] as const),
    held({
      pauses: new Map([
        ["debbie", pause],
        [EVERYTHING, pause],
      ]),
    }),
  ],
  [
    ...(["accounts", "warn", "acc1", "mjagent resume --account acc1"] as const),
    held({ quotas: new Map([["acc1", { ...quota, until: later(300_000) }]]) }),
  ],
  [
    ...(["accounts", "ok", "no provider", null] as const),
    held({ quotas: new Map([["acc1", { ...quota, until: NOW }]]) }),
  ],
  ["budgets", "ok", "there are no budgets", null, routing({})],
  [
    ...(["budgets", "warn", "debbie has used 100%", "mjagent budget raise debbie --usd N"] as const),
    held({ budgets: [budget("warning"), budget("reached")] }),
  ],
  ["budgets", "ok", "near its end", null, held({ budgets: [budget("ok")] })],
])("%s: %s, %s", (id, status, what, hint, given) => {
  const found = statusOf(fleetChecks(given), id);
  expect(found).toMatchObject({ status, what: expect.stringContaining(what) as string });
  if (hint === null) expect(found?.hint).toBeNull();
  else expect(found?.hint).toContain(hint);
});

const program: ProgramFacts = { name: "debbie", adapter: "claude", login_hint: null, warnings: [], problem: null };

test.each<[string, Check["status"], string, Check]>([
  ["the oldest Node", "ok", "v20.19.0", nodeCheck("v20.19.0")],
  ["a newer one", "ok", "v24.1.0", nodeCheck("v24.1.0")],
  ["an older one", "fail", "v20.18.9", nodeCheck("v20.18.9")],
  ["room", "ok", "2.0 GiB free for state", stateCheck({ folder: "state", writable: true, free: 2 * GIB })],
  ["little room", "warn", "MiB free", stateCheck({ folder: "state", writable: true, free: GIB - 1 })],
  ["no room", "fail", "1.0 KiB free", stateCheck({ folder: "state", writable: true, free: 1024 })],
  ["somebody else's", "fail", "cannot be written", stateCheck({ folder: "state", writable: false, free: null })],
  ["programs", "ok", "(claude, command)", programsCheck([program, { ...program, adapter: "command" }])],
  ["no login", "warn", "debbie", programsCheck([{ ...program, login_hint: "claude /login" }])],
  ["a warning", "warn", "debbie", programsCheck([{ ...program, warnings: ["claude 1.0 is old"] }])],
  ["no program", "fail", "debbie", programsCheck([{ ...program, problem: "claude is not on the PATH" }])],
])("%s: %s", (_, status, what, check) => {
  expect(check).toMatchObject({ status, what: expect.stringContaining(what) as string });
  if (status !== "ok") expect([check.why, check.hint]).not.toContain(null);
});

it("counts what is not right", () => {
  const [ok, warn, fail] = (["ok", "warn", "fail"] as const).map((status) => ({ ...nodeCheck("v20.19.0"), status }));
  expect(checksText([ok!])).toBe("all is well");
  expect(checksText([warn!, ok!, fail!, warn!])).toBe("1 failure, 2 warnings");
});
