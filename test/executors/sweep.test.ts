import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { expect, test } from "vitest";
import { findMarked, parsePs } from "../../src/executors/marked.js";
import { markerIn, runIdOf } from "../../src/executors/proc.js";
import { sweep } from "../../src/executors/sweep.js";

const start = (runId: string) =>
  spawn("sleep", ["1000"], {
    env: { PATH: process.env["PATH"], MJAGENT_RUN_ID: runId },
    detached: true,
    stdio: "ignore",
  });

test("ends the processes of one run, and of no other", async () => {
  const [mine, other] = [randomUUID(), randomUUID()];
  const children = [start(mine), start(mine), start(other)];
  const pids = children.map((child) => child.pid);
  expect((await findMarked(mine)).map(({ pid }) => pid).sort()).toEqual(pids.slice(0, 2).sort());
  expect(await sweep(mine, { termMs: 1_000 })).toBe(2);
  expect((await findMarked(other)).map(({ pid }) => pid)).toEqual([pids[2]]);
  expect(await sweep(other, { termMs: 0 })).toBe(1);
  expect(await sweep(other, { termMs: 0 })).toBe(0);
});

test("a process is found from its start on, also by scans that run at the same time", async () => {
  const runIds = Array.from({ length: 20 }, () => randomUUID());
  const found = await Promise.all(
    runIds.map(async (runId) => {
      const child = start(runId);
      await once(child, "spawn");
      const marked = await findMarked(runId);
      await sweep(runId, { termMs: 1_000 });
      return marked.length === 1 && marked[0]?.pid === child.pid;
    }),
  );
  expect(found).not.toContain(false);
});

// Linux only: there the environment of a process is empty for a moment while it becomes another program.
test.runIf(process.platform === "linux")(
  "a process that becomes another program carries its marker all the time",
  async () => {
    const answers = new Set<string | null | undefined>();
    for (let n = 0; n < 60; n++) {
      const shell = spawn("sh", ["-c", "setsid sleep 5 </dev/null >/dev/null 2>&1 & echo $!; wait"], {
        env: { PATH: process.env["PATH"], MJAGENT_RUN_ID: "becoming" },
        stdio: ["ignore", "pipe", "ignore"],
      });
      const [said] = (await once(shell.stdout, "data")) as [Buffer];
      for (const until = performance.now() + 8; performance.now() < until;) answers.add(await runIdOf(Number(said)));
      process.kill(Number(said), "SIGKILL");
    }
    expect([...answers]).toEqual(["becoming"]);
  },
);

test.each<[string, string, string | null]>([
  ["first", "MJAGENT_RUN_ID=a\0B=1\0", "a"],
  ["last", "B=1\0MJAGENT_RUN_ID=a", "a"],
  ["not the end of another name", "XMJAGENT_RUN_ID=b\0MJAGENT_RUN_ID=a\0", "a"],
  ["not in a value", "X=MJAGENT_RUN_ID=b\0", null],
  ["none", "", null],
])("the marker of an environment: %s", (_, environment, runId) => {
  expect(markerIn(Buffer.from(environment))).toBe(runId);
});

test("what ps prints on macOS", () => {
  const listing = [
    "    1     1 /sbin/launchd",
    "  501   500 node agent.mjs PATH=/bin MJAGENT_RUN_ID=a1 HOME=/Users/x",
    "  502   502 sleep 10 MJAGENT_RUN_ID=a1",
    "  503   503 sleep 10 MJAGENT_RUN_ID=a12",
    `  ${process.pid} 1 node MJAGENT_RUN_ID=a1`,
  ].join("\n");
  expect(parsePs(listing, "a1")).toEqual([
    { pid: 501, pgid: 500 },
    { pid: 502, pgid: 502 },
  ]);
});
