import { execa } from "execa";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../support/eventually.js";
import { type CommandLine, startCommandLine } from "./command-line.js";

let at: CommandLine;
beforeAll(async () => void (at = await startCommandLine()));
afterAll(() => at[Symbol.asyncDispose]());

const BIN = join(import.meta.dirname, "../../bin/mjagent.js");

it("serves until the first signal; its links and tokens are for the same user's commands", async () => {
  const env = { PATH: process.env["PATH"], HOME: at.folder, NATS_URL: at.session.url };
  const of = { cwd: at.folder, env, extendEnv: false, reject: false } as const;
  const serving = execa(process.execPath, [BIN, "serve", "--port", "0", "--json"], of);
  let printed = "";
  serving.stdout.on("data", (data: Buffer) => (printed += data.toString()));
  const { url, link } = await eventually(() => {
    const lines = printed.split("\n").slice(0, -1);
    const events = lines.map((line) => JSON.parse(line) as { type: string; url: string; link: string });
    return events.find(({ type }) => type === "listening");
  });
  const { port } = new URL(url);
  const { stdout: token } = await at.mjagent(["serve", "token", "--read"]);
  const answer = await fetch(`${url}/api/agents`, { headers: { authorization: `Bearer ${token}` } });
  expect([answer.status, await answer.json()]).toEqual([200, []]);
  const { stdout: another } = await at.mjagent(["serve", "link", "--port", port]);
  for (const each of [link, another]) {
    expect(each).toMatch(new RegExp(`^${url}/\\?key=`));
    expect((await fetch(each, { redirect: "manual" })).status).toBe(303);
  }
  const taken = await at.mjagent(["serve", "--port", port]);
  expect([taken.exitCode, taken.stderr]).toEqual([6, expect.stringContaining(`--port ${Number(port) + 1}`)]);
  serving.kill("SIGTERM");
  expect((await serving).exitCode).toBe(143);
});

it.each([
  [["--port", "http"], 2, "--port: expected a port"],
  [["--host", "192.0.2.1", "--port", "0"], 2, "192.0.2.1 is not an address of this machine"],
  [["--server", "nats://127.0.0.1:1"], 5, "cannot reach NATS"],
  [["linked"], 2, "unknown command"],
])("%j: exit %i and why", async (args, code, why) => {
  const { exitCode, stderr } = await at.mjagent(["serve", ...args]);
  expect([exitCode, stderr]).toEqual([code, expect.stringContaining(why)]);
});
