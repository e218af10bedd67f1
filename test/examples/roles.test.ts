import { readFileSync } from "node:fs";
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
