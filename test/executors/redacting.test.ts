import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Executor } from "../../src/executors/executor.js";
import { redacting, redactorOf } from "../../src/executors/redacting.js";
import { Role } from "../../src/domain/role.js";
import { attempt, completed, inputOf, roleOf } from "./support.js";

const TOKEN = "tk-5f3a/9c+1b";
const PIN = "open sesame";
const env = { PATH: process.env["PATH"], GITHUB_TOKEN: TOKEN, PHRASE: PIN };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mjagent-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A role whose program is this text. */
async function programRole(name: string, text: string): Promise<Role> {
  const file = join(folder, name);
  await writeFile(file, text);
  return roleOf([process.execPath, file], { env: { allow: ["GITHUB_TOKEN", "PHRASE"], secret: ["PHRASE"] } });
}

test("nothing of a secret is in the log or in any part of the result", async () => {
  const role = await programRole(
    "says.mjs",
    `import { writeFileSync } from "node:fs";
     const token = process.env.GITHUB_TOKEN, phrase = process.env.PHRASE;
     process.stdout.write("split " + token.slice(0, 5));
     await new Promise((resolve) => setTimeout(resolve, 50));
     process.stdout.write(token.slice(5) + "\\n");
     console.log(JSON.stringify({ phrase, auth: Buffer.from("user:" + token).toString("base64") }));
     console.error(encodeURIComponent(token));
     console.log("x".repeat(16 * 1024 - 10) + token);
     const result = { summary: "used " + token, data: { [phrase]: [token] }, artifacts: [token],
       handoff: [{ title: "with " + phrase, payload: { token } }] };
     writeFileSync(process.env.MJAGENT_OUTPUT, JSON.stringify(result));`,
  );
  const { outcome, log } = await attempt(role, { env });
  const { result, handoff } = completed(outcome);
  expect(log.filter((line) => !line.startsWith("x")).sort()).toEqual([
    "[redacted GITHUB_TOKEN]",
    "split [redacted GITHUB_TOKEN]",
    expect.stringMatching(/^\{"phrase":"\[redacted PHRASE\]","auth":"dXNlc.{0,3}\[redacted GITHUB_TOKEN\].?=*"\}$/),
  ]);
  expect(log.find((line) => line.startsWith("x"))).toMatch(/x\[redacted GITHUB_TOKEN\]… \[3 more characters\]$/);
  expect(result).toMatchObject({
    summary: "used [redacted GITHUB_TOKEN]",
    data: { "[redacted PHRASE]": ["[redacted GITHUB_TOKEN]"] },
    artifacts: ["[redacted GITHUB_TOKEN]"],
  });
  expect(result.output).not.toContain("tk-5f3a");
  expect(handoff).toMatchObject([{ title: "with [redacted PHRASE]", payload: { token: "[redacted GITHUB_TOKEN]" } }]);
});

test("not in why an attempt failed, or is to be run later", async () => {
  const role = await programRole("fails.mjs", "console.error(process.env.GITHUB_TOKEN); process.exit(3)");
  const { outcome } = await attempt(role, { env });
  expect(outcome).toMatchObject({ kind: "failed", message: "exited with code 3: [redacted GITHUB_TOKEN]" });
  const later = await programRole("later.mjs", "console.log(process.env.GITHUB_TOKEN); process.exit(75)");
  expect((await attempt(later, { env })).outcome).toMatchObject({ kind: "snooze", message: "[redacted GITHUB_TOKEN]" });
});

test("not in what people are shown of a line, nor in what an executor throws", async () => {
  const command = { adapter: "claude", mcp: { files: { command: "x", env: { FILES_TOKEN: TOKEN } } } };
  const redactor = redactorOf(Role.parse({ name: "debbie", command, prompt: "x" }), {});
  const throws: Executor = {
    run: (_, { log }) => {
      log("stdout", `{"text":"${TOKEN}"}`, [TOKEN, "no"]);
      return Promise.reject(new Error(`no way with ${TOKEN}`));
    },
  };
  const seen: unknown[] = [];
  const context = {
    runId: "r",
    signal: new AbortController().signal,
    log: (...line: unknown[]) => void seen.push(line),
  };
  await expect(redacting(throws, redactor).run(inputOf(), context)).rejects.toThrow(
    "no way with [redacted FILES_TOKEN]",
  );
  expect(seen).toEqual([["stdout", '{"text":"[redacted FILES_TOKEN]"}', ["[redacted FILES_TOKEN]", "no"]]]);
});

test("a hand-off that is nothing without its secrets makes the attempt a failed one, and says so", async () => {
  const role = await programRole(
    "hands-off.mjs",
    `import { writeFileSync } from "node:fs";
     const handoff = [{ title: "x", blocked_by: [Buffer.from(process.env.GITHUB_TOKEN).toString("base64url")] }];
     writeFileSync(process.env.MJAGENT_OUTPUT, JSON.stringify({ handoff }));`,
  );
  const { outcome } = await attempt(role, { env });
  expect(outcome).toMatchObject({
    kind: "failed",
    reason: "invalid_output",
    message: expect.stringMatching(/hand-off is no task/) as string,
  });
});
