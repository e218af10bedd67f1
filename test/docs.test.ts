import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { WHY_CODES } from "../src/domain/finding.js";
import { Command } from "../src/domain/command.js";
import { Handoff, Match, Role, WATCHABLE } from "../src/domain/role.js";
import { checkYaml } from "../src/yaml.js";

const page = (name: string): string => readFileSync(new URL(`../docs/${name}.md`, import.meta.url), "utf8");
const text = page("roles");
const keysOf = (schema: { shape: object }): string[] => Object.keys(schema.shape);

it.each([...keysOf(Role), ...keysOf(Match), ...keysOf(Handoff), ...Command.options.flatMap(keysOf), ...WATCHABLE])(
  "docs/roles.md tells of %s",
  (key) => {
    expect(text).toMatch(new RegExp(`\\b${key}\\b`));
  },
);

it("the example in docs/roles.md is a role", () => {
  const yaml = /```yaml\n([\s\S]*?)```/.exec(text)?.[1] ?? "";
  expect(checkYaml(yaml, "docs/roles.md", Role)).toMatchObject({ ok: true });
});

it.each(WHY_CODES)("docs/why.md tells of %s", (code) => {
  expect(page("why")).toContain(`| \`${code}\``);
});
