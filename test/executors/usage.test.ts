import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Role } from "../../src/domain/role.js";
import { plus, type UsageTold } from "../../src/domain/usage.js";
import { attempt, completed, fixture, fixturesDir, inputOf, roleOf } from "./support.js";

let bin: string;
beforeAll(async () => {
  bin = await mkdtemp(join(tmpdir(), "mjagent-test-"));
  await symlink(join(fixturesDir, "claude.mjs"), join(bin, "claude"));
});
afterAll(() => rm(bin, { recursive: true, force: true }));

const claude = (fields: object = {}): Role =>
  Role.parse({ name: "debbie", command: { adapter: "claude" }, prompt: "scenario: tells-usage", ...fields });
const env = () => ({ PATH: `${bin}:${dirname(process.execPath)}:/usr/bin:/bin` });

test("an agent CLI: the total while it runs, each message once, and what it says at its end", async () => {
  const told: UsageTold[] = [];
  const { outcome } = await attempt(claude(), { env: env(), onUsage: (used) => told.push(used) });
  expect(told.map(({ model, input_tokens, output_tokens, cost_usd }) => [model, input_tokens, output_tokens, cost_usd]))
    // The first knows the model alone.
    .toEqual([
      ["opus", null, null, null],
      ["opus", 100, 5, null],
      ["opus", 200, 15, null],
      ["opus", 200, 30, null],
      ["opus", 200, 30, 0.0421],
    ]);
  expect(completed(outcome).result.usage).toEqual({ input_tokens: 200, output_tokens: 30, cost_usd: 0.0421 });
});

test("a second turn of the same attempt is added to the first", async () => {
  const told: UsageTold[] = [];
  const role = claude({ prompt: "scenario: json", result_schema: { type: "object", required: ["pages"] } });
  const input = inputOf({ task_id: "43" });
  await attempt(role, { input, env: env(), onUsage: (used) => told.push(used) });
  const once = { input_tokens: 3210, output_tokens: 45, cost_usd: 0.0421 };
  expect(told.at(-1)).toMatchObject(once);
  await attempt(claude({ prompt: "scenario: json", result_schema: { properties: { pages: { type: "number" } } } }), {
    env: env(),
    onUsage: (used) => told.push(used),
  });
  expect(told.at(-1)).toMatchObject(plus(once, once));
});

test.each([
  ["its part", { summary: "s", usage: { input_tokens: 7, cost_usd: 0.5 } }, [7, null, 0.5]],
  ["nothing", { summary: "s" }, null],
  ["null", { usage: null }, null],
])("a program tells %s in MJAGENT_OUTPUT", async (_, output, used) => {
  const told: UsageTold[] = [];
  const role = roleOf(fixture("writes-output", JSON.stringify(output)));
  const { outcome } = await attempt(role, { onUsage: (each) => told.push(each) });
  const [input_tokens = null, output_tokens = null, cost_usd = null] = used ?? [];
  expect(completed(outcome).result.usage).toEqual({ input_tokens, output_tokens, cost_usd });
  expect(told).toEqual(
    used === null ? [] : [{ input_tokens, output_tokens, cost_usd, adapter: "command", model: null }],
  );
});

test("usage that is none is an invalid output", async () => {
  const { outcome } = await attempt(roleOf(fixture("writes-output", '{"usage":{"cost_usd":-1}}')));
  expect(outcome).toMatchObject({ kind: "failed", reason: "invalid_output" });
});
