import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { loadAgentSettings, loadSettings, type Settings, type SettingsFlags } from "../src/config.js";
import { ConfigFile } from "../src/config-schema.js";

let root: string;
let cwd: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "mjagent-config-"));
  cwd = join(root, "project", "deep", "down");
  await mkdir(cwd, { recursive: true });
  vi.stubEnv("XDG_CONFIG_HOME", join(root, "home"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true, force: true });
});

async function write(path: string, content: string): Promise<void> {
  await mkdir(join(root, path, ".."), { recursive: true });
  await writeFile(join(root, path), content);
}
const project = (yaml: string) => write("project/mjagent.yaml", yaml);
const personal = (yaml: string) => write("home/mjagent/config.yaml", yaml);
const context = (name: string, json: object) => write(`home/nats/context/${name}.json`, JSON.stringify(json));

const load = (
  flags: SettingsFlags = {},
  env: Record<string, string> = {},
  running: string | null = null,
): Promise<Settings> => loadSettings({ flags, env, cwd, runningServer: () => Promise.resolve(running) });

test("what holds for the workspace as a whole", async () => {
  await project("workspace: { replicas: 3, max_running: 5 }");
  const { workspace, rules } = await load();
  expect(workspace).toEqual({ id: "MJ_ONLINE", prefix: "mjwork", replicas: 3 });
  expect(rules).toEqual({ max_running: 5 });
  await project("workspace: { max_running: unlimited }");
  expect((await load()).rules).toEqual({ max_running: null });
});

test("how long ended tasks are kept", async () => {
  await personal("workspace: { retention: 8d, max_running: 2 }");
  expect((await load()).rules).toEqual({ retention_ms: 8 * 86_400_000, max_running: 2 });
  await project("workspace: { retention: forever }");
  expect((await load()).rules).toEqual({ retention_ms: null, max_running: 2 });
  for (const [value, why] of [
    ["59s", /mjagent\.yaml:1:25: expected 1m at least, or forever: who follows/],
    ["never", /a duration such as 30d, or forever/],
    ["30", /a duration such as 30d, or forever/],
    ["999999999999999d", /a duration such as 30d, or forever/],
  ] as const) {
    await project(`workspace: { retention: ${value} }`);
    await expect(load()).rejects.toMatchObject({ code: "usage", message: expect.stringMatching(why) as string });
  }
});

test("defaults", async () => {
  expect(await load()).toEqual({
    nats: { servers: ["nats://127.0.0.1:4222"] },
    explicit: false,
    workspace: { id: "MJ_ONLINE", prefix: "mjwork" },
    agentsDir: join(cwd, "agents"),
    rules: {},
    timeoutMs: 5_000,
  });
});

test("the local server that runs is the default, and only that", async () => {
  expect(await load({}, {}, "nats://127.0.0.1:4333")).toMatchObject({
    nats: { servers: ["nats://127.0.0.1:4333"] },
    explicit: false,
  });
  const named = await load({ server: "a" }, {}, "nats://127.0.0.1:4333");
  expect(named).toMatchObject({ nats: { servers: ["nats://a:4222"] }, explicit: true });
});

test("flags > environment > mjagent.yaml up the tree > personal file", async () => {
  await personal("server: personal\nuser: p\n");
  expect((await load()).nats).toEqual({ servers: ["nats://personal:4222"], user: "p" });
  await project("server: [project, nats://other:1]\n");
  expect((await load()).nats).toEqual({ servers: ["nats://project:4222", "nats://other:1"], user: "p" });
  expect((await load({}, { NATS_URL: "env" })).nats.servers).toEqual(["nats://env:4222"]);
  expect((await load({ server: "flag" }, { NATS_URL: "env" })).nats.servers).toEqual(["nats://flag:4222"]);
});

test("an empty variable and a file of comments set nothing", async () => {
  await project("# server: x\n\n");
  expect(await load({}, { NATS_URL: "", NATS_CONTEXT: "" })).toMatchObject({ explicit: false });
});

describe("server URLs", () => {
  test.each([
    ["nats://a:1, tls://b", { servers: ["nats://a:1", "tls://b:4222"] }],
    ["nats://bob:p%40ss@a", { servers: ["nats://a:4222"], user: "bob", password: "p@ss" }],
    ["nats://t0ken@a:80", { servers: ["nats://a:80"], token: "t0ken" }],
    ["bob:@[::1]:4223", { servers: ["nats://[::1]:4223"], user: "bob", password: "" }],
  ])("%s", async (url, nats) => {
    expect((await load({}, { NATS_URL: url })).nats).toEqual(nats);
  });

  test.each([
    ["ws://a", "NATS_URL: cannot connect with ws://"],
    ["http://a", "NATS_URL: cannot connect with http://"],
    ["nats://bob:hush@:x", "NATS_URL is not a NATS server URL"],
    [" , ", "NATS_URL names no server"],
  ])("%s is refused", async (url, message) => {
    const error = await load({}, { NATS_URL: url }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "usage", message });
  });
});

describe("credentials come whole from the highest layer that has any", () => {
  test("a token of the environment is not sent along with the user of a file", async () => {
    await project("user: alice\npassword: secret\n");
    expect((await load({}, { NATS_TOKEN: "t" })).nats).toMatchObject({ token: "t" });
    expect((await load({}, { NATS_TOKEN: "t" })).nats).not.toHaveProperty("user");
    expect((await load({ creds: "a.creds" })).nats).toEqual({
      servers: expect.any(Array) as string[],
      creds: join(cwd, "a.creds"),
    });
  });

  test("a password from elsewhere completes the user, or overrides", async () => {
    await project("user: alice\n");
    expect((await load({}, { NATS_PASSWORD: "e" })).nats).toMatchObject({ user: "alice", password: "e" });
    await personal("password: p\n");
    expect((await load()).nats).toMatchObject({ user: "alice", password: "p" });
    expect((await load({ token: "t" })).nats).not.toHaveProperty("password");
  });

  test("a flag's user beats the one in NATS_URL", async () => {
    const { nats } = await load({ user: "bob" }, { NATS_URL: "nats://alice:a@h" });
    expect(nats).toMatchObject({ servers: ["nats://h:4222"], user: "bob" });
  });

  test("files are relative to where they are named", async () => {
    await project("creds: keys/a.creds\nca: ~/ca.pem\n");
    const { nats } = await load();
    expect(nats.creds).toBe(join(root, "project/keys/a.creds"));
    expect(nats.ca).toMatch(/^\/.*\/ca\.pem$/);
    expect((await load({ creds: "b.creds" })).nats.creds).toBe(join(cwd, "b.creds"));
  });
});

describe("contexts", () => {
  test("single settings of the same layer override a context's fields", async () => {
    await context("prod", { url: "nats://prod", user: "alice", password: "a", ca: "/ca.pem" });
    expect(await load({ context: "prod" })).toMatchObject({
      explicit: true,
      nats: { servers: ["nats://prod:4222"], user: "alice", password: "a", ca: "/ca.pem" },
    });
    expect((await load({ context: "prod", server: "other", password: "b" })).nats).toMatchObject({
      servers: ["nats://other:4222"],
      user: "alice",
      password: "b",
    });
    expect((await load({ context: "prod", token: "t" })).nats).toEqual({
      servers: ["nats://prod:4222"],
      token: "t",
      ca: "/ca.pem",
    });
  });

  test("a context named by a flag beats the environment", async () => {
    await context("prod", { url: "nats://prod" });
    expect((await load({ context: "prod" }, { NATS_URL: "env" })).nats.servers).toEqual(["nats://prod:4222"]);
    expect((await load({ server: "flag" }, { NATS_CONTEXT: "prod" })).nats.servers).toEqual(["nats://flag:4222"]);
  });

  test("the selected one is used when asked for by the empty name, and never otherwise", async () => {
    await context("prod", { url: "nats://prod" });
    await write("home/nats/context.txt", "prod");
    expect((await load()).explicit).toBe(false);
    expect((await load({ context: "" })).nats.servers).toEqual(["nats://prod:4222"]);
  });
});

describe("workspace", () => {
  test("an id without a prefix: the id in lower case, whatever is further down", async () => {
    await project("workspace: { id: SITE_A, prefix: site }\n");
    expect((await load()).workspace).toEqual({ id: "SITE_A", prefix: "site" });
    expect((await load({ workspace: "SITE_B" })).workspace).toEqual({ id: "SITE_B", prefix: "site_b" });
    expect((await load({}, { MJAGENT_WORKSPACE: "B", MJAGENT_PREFIX: "p" })).workspace).toEqual({
      id: "B",
      prefix: "p",
    });
    expect((await load({ prefix: "q" })).workspace).toEqual({ id: "SITE_A", prefix: "q" });
    expect((await load({ workspace: "MJ_ONLINE" })).workspace).toEqual({ id: "MJ_ONLINE", prefix: "mjwork" });
  });

  test.each([
    [{ workspace: "a b" }, {}, "--workspace: a workspace id is made of"],
    [{ prefix: "A.b" }, {}, "--prefix: a workspace prefix is made of"],
    [{}, { MJAGENT_PREFIX: "é" }, "MJAGENT_PREFIX: a workspace prefix is made of"],
    [{ server: "" }, {}, "--server: "],
    [{ timeout: "5" }, {}, "--timeout: expected a duration"],
  ])("%j %j is refused", async (flags: SettingsFlags, env: Record<string, string>, message) => {
    await expect(load(flags, env)).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining(message) as string,
    });
  });
});

test("the agents folder: flag, variable, file, else nearest up the tree", async () => {
  await mkdir(join(root, "project/agents"));
  expect((await load()).agentsDir).toBe(join(root, "project/agents"));
  await project("agents_dir: team\n");
  expect((await load()).agentsDir).toBe(join(root, "project/team"));
  expect((await load({}, { MJAGENT_AGENTS_DIR: "env" })).agentsDir).toBe(join(cwd, "env"));
  expect(
    await loadAgentSettings({ flags: { agentsDir: "/flag" }, env: { NATS_CONTEXT: "missing" }, cwd }),
  ).toMatchObject({ agentsDir: "/flag" });
});

test("all problems of both files at once", async () => {
  await project("serwer: x\nworkspace: { prefix: A }\n");
  await personal("agents_dir: 5\n");
  await expect(load()).rejects.toMatchObject({
    code: "usage",
    message: [
      `${join(root, "project/mjagent.yaml")}:1:1: unknown key "serwer": did you mean "server"?`,
      `${join(root, "project/mjagent.yaml")}:2:22: a workspace prefix is made of lower-case letters, digits, _ and -`,
      `${join(root, "home/mjagent/config.yaml")}:1:13: agents_dir must be text, found the number 5`,
    ].join("\n"),
  });
});

test("docs/configuration.md describes each key", async () => {
  const page = await readFile(join(import.meta.dirname, "../docs/configuration.md"), "utf8");
  const nested = Object.keys(ConfigFile.shape.workspace.unwrap().shape).map((key) => `workspace.${key}`);
  const keys = Object.keys(ConfigFile.shape).filter((key) => key !== "workspace");
  for (const key of [...keys, ...nested]) expect(page).toContain(`\`${key}\``);
});
