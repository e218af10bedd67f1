import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AGENT_CLIS } from "../../src/domain/command.js";
import { initProject } from "../../src/operations/init.js";
import { importSources } from "../../src/operations/import-agents.js";
import { loadRoles } from "../../src/operations/roles.js";
import { firstHeld } from "../../src/executors/installed.js";
import { shippedRoles, writeShippedRole } from "../../src/operations/shipped-roles.js";

const SHIPPED = fileURLToPath(new URL("../../agents", import.meta.url));
const FILES = fileURLToPath(new URL("../fixtures/agent-files", import.meta.url));

let root: string;
let folder: string;
let agents: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "mjagent-init-"));
  folder = join(root, "site");
  agents = join(folder, "agents");
  await mkdir(folder);
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** An environment in which these programs are installed, and nothing else. */
async function withPrograms(...names: string[]): Promise<NodeJS.ProcessEnv> {
  const bin = await mkdtemp(join(root, "bin-"));
  for (const name of names) await writeFile(join(bin, name), "program", { mode: 0o755 });
  return { PATH: bin };
}

describe("init", () => {
  test("an empty folder: the examples as they are shipped, and a configuration; a second time nothing", async () => {
    const env = await withPrograms("claude", "gemini");
    expect(await initProject(folder, env)).toEqual({
      created: [
        "agents/alice.yaml",
        "agents/debbie.yaml",
        "agents/doc-brown.yaml",
        "agents/morgan.yaml",
        "mjagent.yaml",
      ],
      kept: [],
      imported: [],
      clis: ["claude", "gemini"],
      adapter: "claude",
      git: false,
      not_runnable: [],
    });
    for (const file of await readdir(agents)) {
      expect(await readFile(join(agents, file), "utf8")).toBe(await readFile(join(SHIPPED, file), "utf8"));
    }
    const again = await initProject(folder, env);
    expect(again.created).toEqual([]);
    expect(again.kept).toHaveLength(5);
  });

  test("overwrites nothing", async () => {
    await mkdir(agents);
    await writeFile(join(agents, "debbie.yaml"), "mine");
    await writeFile(join(folder, "mjagent.yaml"), "# mine");
    expect((await initProject(folder, {})).kept).toEqual(["agents/debbie.yaml", "mjagent.yaml"]);
    expect(await readFile(join(agents, "debbie.yaml"), "utf8")).toBe("mine");
  });

  test("another program, or none: the roles run with it, and find its account", async () => {
    const env = await withPrograms("cursor-agent");
    await writeFile(join(env["PATH"]!, "codex"), "not executable");
    await chmod(join(env["PATH"]!, "codex"), 0o644);
    expect((await initProject(folder, env)).clis).toEqual(["cursor"]);
    for (const { role } of await loadRoles(agents)) {
      expect(role).toMatchObject({ command: { adapter: "cursor" }, env: { allow: ["CURSOR_API_KEY"] } });
    }
    const other = join(root, "other");
    await mkdir(other);
    await initProject(other, {});
    for (const { role } of await loadRoles(join(other, "agents"))) {
      expect(role.command.adapter).toBe("auto");
      expect(role.env.allow).toContain("OPENAI_API_KEY");
    }
  });

  test("the agents of other programs become roles; it says which cannot run here", async () => {
    await cp(FILES, folder, { recursive: true });
    await mkdir(join(root, ".git"));
    const env = await withPrograms("claude", "codex", "opencode", "copilot");
    const result = await initProject(folder, env);
    expect(result.git).toBe(true);
    expect(result.imported.filter(({ left }) => left === null)).toHaveLength(7);
    expect(result.not_runnable).toEqual([
      { name: "docs-writer", adapter: "gemini" },
      { name: "test-verifier", adapter: "cursor" },
    ]);
    expect((await initProject(folder, env)).imported.filter(({ left }) => left === null)).toEqual([]);
    expect(await loadRoles(agents)).toHaveLength(11);
  });
});

describe("roles that come with mjagent", () => {
  test("each can be written for each adapter, and is the same but for that", async () => {
    const { examples, more } = await shippedRoles();
    const held = AGENT_CLIS.filter((cli) => firstHeld([cli]) === cli);
    expect(held).toEqual(AGENT_CLIS.filter((cli) => cli !== "goose" && cli !== "amp"));
    for (const adapter of [...held, "auto"] as const) {
      const dir = join(root, adapter);
      for (const name of [...examples, ...more]) await writeShippedRole(dir, name, adapter);
      const roles = await loadRoles(dir);
      expect(roles.map(({ role }) => role.name)).toEqual([...examples, ...more].sort());
      for (const { role } of roles) {
        expect(role.command.adapter).toBe(adapter);
        expect(role.env.allow.includes("ANTHROPIC_AUTH_TOKEN")).toBe(adapter === "claude");
        expect(role.env.allow.includes("NATS_URL")).toBe(role.name === "nats-troubleshooter");
      }
    }
  });

  test("are imported by name, the troubleshooter with its memory", async () => {
    expect(await importSources(agents, ["roy", "nats-troubleshooter", "roy", "ryo"])).toMatchObject([
      { name: "roy", left: null },
      { name: "nats-troubleshooter", left: null },
      { name: "roy", error: "conflict" },
      { name: null, error: "not_found", left: expect.stringContaining("jen, moss") as string },
    ]);
    expect((await readdir(agents)).sort()).toEqual([
      "nats-troubleshooter.memory.md",
      "nats-troubleshooter.yaml",
      "roy.yaml",
    ]);
  });
});
