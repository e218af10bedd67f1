import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Role } from "../../src/domain/role.js";
import { ADAPTERS } from "../../src/executors/adapters/adapters.js";
import { attempt, completed, fixturesDir } from "./support.js";

const CLIS = ["cursor", "goose", "amp", "aider"] as const;

let bin: string;
beforeAll(async () => {
  bin = await mkdtemp(join(tmpdir(), "mjagent-test-"));
  await Promise.all(CLIS.map((cli) => symlink(join(fixturesDir, "speaks.mjs"), join(bin, ADAPTERS[cli].binary))));
});
afterAll(() => rm(bin, { recursive: true, force: true }));

const run = (cli: (typeof CLIS)[number], prompt: string, command: object) =>
  attempt(Role.parse({ name: "roy", command: { adapter: cli, ...command }, prompt }), {
    env: { PATH: `${bin}:${dirname(process.execPath)}:/usr/bin:/bin` },
  });

/** Programs that speak the formats in the documentation of CLIs that have not been seen running. */
describe("CLIs known from their documentation alone", () => {
  test.each<[(typeof CLIS)[number], object, string]>([
    [
      "cursor",
      { permission: "edit", model: "m" },
      "-p --output-format stream-json --trust --force --sandbox enabled --model m",
    ],
    ["goose", { permission: "full", model: "m" }, "run -i - --output-format stream-json --no-session --model m"],
    ["amp", { permission: "full" }, "-x --stream-json --dangerously-allow-all"],
    ["aider", { permission: "edit", model: "m" }, "--yes-always --no-stream --no-pretty --no-auto-commits"],
  ])("%s: what it is given, and what it answers", async (cli, command, args) => {
    const { result } = completed((await run(cli, "Do it.", command)).outcome);
    expect(result.summary).toBe("It is done.");
    expect(result.output).toContain(args);
    expect(result.output).toContain(JSON.stringify("# Task 42: About page\n\nDo it.\n"));
    if (cli === "goose") expect(result.output).toContain("\nauto\n");
  });

  test.each(CLIS)("%s: what it says when its provider refuses", async (cli) => {
    const permission = cli === "aider" ? "edit" : "full";
    const { outcome } = await run(cli, "scenario: fails", { permission });
    expect(outcome).toMatchObject({ kind: "failed", reason: "rate_limited", retry_after_ms: 7_000 });
  });
});
