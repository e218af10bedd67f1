import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byTurn, commonFiles, fileLine } from "../../src/domain/file-line.js";
import type { RunningSlot } from "../../src/domain/settings.js";
import { PRIORITIES, type Priority } from "../../src/domain/task.js";
import { later } from "./records.js";

const task = (task_id: string, files: string[], at = 0, priority: Priority = "normal") => ({
  ...{ task_id, files, priority, created_at: later(at) },
});
const slot = (task_id: string, ...files: string[]): RunningSlot => ({
  ...{ task_id, files, epoch: 1, role: "r", owner: "R", instance_id: "i" },
});
const wanted = (): boolean => true;
const line = (...given: Parameters<typeof fileLine>) => Object.fromEntries(fileLine(...given));

describe("who waits for whom", () => {
  const [a, b, c] = [task("a", ["src/**"], 0), task("b", ["src/api", "docs"], 1), task("c", ["docs/**"], 2)];
  it.each([
    ["nobody, of those that need other files", [a, c], [], {}],
    ["the younger for the older", [b, a], [], { b: "a" }],
    ["one behind the other: what waits is not overtaken", [a, b, c], [], { b: "a", c: "b" }],
    ["the urgent is before the older", [a, task("u", ["src/x"], 9, "urgent")], [], { a: "u" }],
    ["of the same age, by id", [task("y", ["x"]), task("x", ["x"])], [], { y: "x" }],
    ["for who holds files", [a, c], [slot("h", "src/x")], { a: "h" }],
    ["not for a slot of its own", [a], [slot("a", "src/x")], {}],
    ["not for a slot without files", [a], [slot("h")], {}],
  ])("%s", (_, tasks, slots, expected) => {
    expect(line(tasks, slots, wanted)).toEqual(expected);
  });

  it("one that nobody takes stops nobody, but waits like the others", () => {
    expect(line([a, b, c], [slot("h", "src/x")], ({ task_id }) => task_id !== "b")).toEqual({ a: "h", b: "a" });
  });

  it("is what comparing everything with everything says", () => {
    const glob = fc.constantFrom(
      "src",
      "src/a",
      "src/a/b.ts",
      "src/*",
      "src/**",
      "**/b.ts",
      "*/a",
      "docs/",
      "d{a,b}/x",
      ".",
    );
    const files = fc.array(glob, { minLength: 1, maxLength: 3 });
    const some = fc.record({ files, at: fc.nat(3), priority: fc.constantFrom(...PRIORITIES), isWanted: fc.boolean() });
    fc.assert(
      fc.property(fc.array(some, { maxLength: 12 }), fc.array(files, { maxLength: 3 }), (given, held) => {
        const tasks = given.map((each, i) => ({ ...task(`t${i}`, each.files, each.at, each.priority), ...each }));
        const slots = held.map((each, i) => slot(`h${i}`, ...each));
        const overlaps = (one: string[], other: string[]): boolean => commonFiles(one, other) !== null;
        const waits = tasks.filter(
          (one) =>
            slots.some((each) => overlaps(one.files, each.files)) ||
            tasks.some((other) => other.isWanted && byTurn(other, one) < 0 && overlaps(one.files, other.files)),
        );
        const found = fileLine(tasks, slots, ({ isWanted }) => isWanted);
        expect([...found.keys()].sort()).toEqual(waits.map(({ task_id }) => task_id).sort());
        for (const id of found.values()) expect([...tasks, ...slots].map(({ task_id }) => task_id)).toContain(id);
      }),
    );
  });
});
