import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { stringify } from "yaml";
import { loadAgentSettings, loadSettings } from "../../src/config.js";
import { MjError } from "../../src/errors.js";
import { oddText, oddValue, SEED, spoiled } from "./arbitraries.js";
import { expectPlaces } from "./places.js";
import { broken, HUGE } from "./yaml-arbitraries.js";

let root: string;
let file: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "mjagent-config-"));
  file = join(root, "mjagent.yaml");
  await mkdir(join(root, "home/nats/context"), { recursive: true });
  vi.stubEnv("XDG_CONFIG_HOME", join(root, "home"));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true, force: true });
});

const load = () => loadSettings({ env: {}, cwd: root, runningServer: () => Promise.resolve(null) });
const good = {
  ...{ server: ["nats://a:4222", "tls://b"], user: "u", password: "p", ca: "ca.pem", agents_dir: "agents" },
  workspace: { id: "WS", prefix: "ws" },
};

/** Settings that a client can connect with and name things by, or what is wrong with the file, and where. */
async function check(content: Buffer | string): Promise<boolean> {
  await writeFile(file, content);
  try {
    const { nats, workspace, agentsDir } = await load();
    for (const server of nats.servers) expect(server).toMatch(/^(nats|tls):\/\/[^\s/]+:\d+$/);
    expect(nats.servers.length).toBeGreaterThan(0);
    expect(workspace).toEqual({
      id: expect.stringMatching(/^[A-Za-z0-9_-]+$/) as string,
      prefix: expect.stringMatching(/^[a-z0-9_-]+$/) as string,
    });
    expect(agentsDir).toMatch(/^\//);
    return true;
  } catch (error) {
    // What a URL or a context holds is looked at when the file is read already: its key and the file are named.
    if (
      error instanceof MjError &&
      /^(server of|the NATS context|cannot read the NATS context|unknown NATS context|no NATS context|".*" is not the name of a)/s.test(
        error.message,
      )
    ) {
      expect(error.code).toBe("usage");
      if (error.message.startsWith("server of")) expect(error.message).toContain(file);
    } else {
      expectPlaces(error, file);
      await expect(loadAgentSettings({ env: {}, cwd: root })).rejects.toMatchObject({ message: error.message });
    }
    return false;
  }
}

test("the file that is spoiled here is a good one", async () => expect(await check(stringify(good))).toBe(true));

test("mjagent.yaml is read, or refused with file, line and column", async () => {
  let refused = 0;
  const property = fc.asyncProperty(broken(good), async (content) => {
    if (!(await check(content))) refused++;
  });
  await fc.assert(property, { seed: SEED, numRuns: 120 });
  expect(refused).toBeGreaterThan(60);
});

test("so is one that is huge, or that grows when it is read", async () => {
  for (const content of HUGE.filter((text) => text.length < 50_000)) {
    await writeFile(file, content);
    expectPlaces(await load().catch((error: unknown) => error), file);
  }
});

test("odd texts in the place of a server or a context are refused, or servers", async () => {
  const settings = fc.oneof(
    oddText.map((server) => ({ server })),
    oddText.map((host) => ({ server: [`nats://${host}:4222`, host] })),
    oddText.map((context) => ({ context })),
    fc
      .constantFrom(
        "nats://[::",
        "nats://a:99999",
        "nats://u:p%zz@a",
        "http://a",
        "nats://",
        "://",
        "a,b,,",
        "nats://a/b?c#d",
      )
      .map((server) => ({ server })),
  );
  const property = fc.asyncProperty(settings, async (values) => {
    await check(stringify(values));
  });
  await fc.assert(property, { seed: SEED, numRuns: 60 });
});

test("a context file of natscli that is none is refused with its name", async () => {
  await writeFile(file, "context: odd\n");
  const context = { url: "nats://a:4222", user: "u", password: "p", creds: "", nsc: "", tls_first: false };
  const content = fc.oneof(
    spoiled(context).map((value) => JSON.stringify(value)),
    oddValue.map((value) => JSON.stringify(value)),
    oddText,
  );
  const property = fc.asyncProperty(content, async (text) => {
    await writeFile(join(root, "home/nats/context/odd.json"), text);
    const loaded = await load().catch((error: unknown) => error);
    if (!(loaded instanceof Error))
      expect(loaded).toMatchObject({ nats: { servers: [expect.stringMatching(/^nats:\/\//)] } });
    else
      expect(loaded).toMatchObject({ name: "MjError", code: "usage", message: expect.stringMatching(/odd/) as string });
  });
  await fc.assert(property, { seed: SEED, numRuns: 60 });
});
