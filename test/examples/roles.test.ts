import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { registrationOf, Role } from "../../src/domain/role.js";
import { type Routable, route } from "../../src/domain/route.js";

const repository = path.resolve(import.meta.dirname, "../..");
const names = ["debbie", "doc-brown", "alice", "morgan"];
const folders = ["agents", "examples/website/agents"];

const load = (folder: string, name: string): Role =>
  Role.parse(parse(readFileSync(path.join(repository, folder, `${name}.yaml`), "utf8")));

const task = (fields: Partial<Routable>): Routable => ({
  title: "A task",
  description: null,
  type: null,
  phase: null,
  tags: [],
  files: [],
  payload: null,
  ...fields,
});

describe.each(folders)("the roles in %s", (folder) => {
  const roles = names.map((name) => load(folder, name));
  const routed = (fields: Partial<Routable>): string[] => route(task(fields), roles.map(registrationOf));

  it("are named after their files and go by the agents' names", () => {
    expect(roles.map((role) => role.name)).toEqual(names);
    expect(roles.map((role) => role.display_name)).toEqual(["Debbie", "DocBrown", "Alice", "Morgan"]);
  });

  it("take what DESIGN gives them", () => {
    expect(routed({ type: "design" })).toEqual(["debbie"]);
    expect(routed({ phase: "3.0.3 design" })).toEqual(["debbie"]);
    expect(routed({ type: "mobiledoc_conversion" })).toEqual(["doc-brown"]);
    expect(routed({ description: "see PAGE_SPEC.md" })).toEqual(["doc-brown"]);
    expect(routed({ type: "publishing" })).toEqual(["alice"]);
    expect(routed({ phase: "publish" })).toEqual(["alice"]);
    expect(roles.find((role) => role.name === "morgan")?.watch).toEqual(["completed", "failed"]);
  });

  it("hand off to the next role and to no other", () => {
    const next = roles.map((role) => role.handoff.map(({ title, type }) => routed({ title, type: type ?? null })));
    expect(next).toEqual([[["doc-brown"]], [["alice"]], [], []]);
  });
});

it("the shipped roles have prompts, the example's need none", () => {
  for (const name of names) {
    const prompt = load("agents", name).prompt ?? "";
    expect(prompt.split("\n").length).toBeGreaterThanOrEqual(30);
    expect(prompt).toContain("{{task.title}}");
    expect(load("examples/website/agents", name).prompt).toBeUndefined();
  }
});

describe("the roles that a project can ask for", () => {
  const more = ["jen", "moss", "nats-troubleshooter", "roy"];
  const roles = more.map((name) => load("agents/more", name));

  it("are these, with the memory that one begins with", () => {
    const files = [...more.map((name) => `${name}.yaml`), "nats-troubleshooter.memory.md"];
    expect(readdirSync(path.join(repository, "agents/more")).sort()).toEqual(files.sort());
    expect(roles.map(({ name, memory }) => [name, memory])).toEqual(
      more.map((name) => [name, name === "nats-troubleshooter" ? "nats-troubleshooter.memory.md" : undefined]),
    );
  });

  it.each([
    [{ type: "backend" }, ["roy"]],
    [{ files: ["src/api/orders.ts"] }, ["roy"]],
    [{ type: "frontend" }, ["jen"]],
    [{ files: ["src/pages/order.css"] }, ["jen"]],
    [{ type: "infrastructure" }, ["moss"]],
    [{ files: [".github/workflows/ci.yml"] }, ["moss"]],
    [{ type: "nats" }, ["nats-troubleshooter"]],
    [{ type: "design" }, ["debbie"]],
  ])("of all that are shipped, %j is for %j", (fields, expected) => {
    const all = [...names.map((name) => load("agents", name)), ...roles].map(registrationOf);
    expect(route(task(fields), all)).toEqual(expected);
  });

  it("say what is theirs, to whom the rest goes, and how it is handed over", () => {
    for (const { prompt = "" } of roles) {
      expect(prompt).toContain("{{task.title}}");
      expect(prompt).toMatch(/`handoff` only when there is something to hand over/);
      expect(prompt.match(/\b(Roy|Jen|Moss)'s \(type (backend|frontend|infrastructure)\)/g)?.length).toBe(2);
    }
  });

  it("may change what is theirs and nothing of the others", () => {
    for (const { workspace, scope } of roles.filter(({ name }) => name !== "nats-troubleshooter")) {
      expect(workspace.kind).toBe("worktree");
      expect(scope?.own?.length).toBeGreaterThan(3);
      expect(scope?.never).toContain("**/*.pem");
    }
  });
});
