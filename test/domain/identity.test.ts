import fc from "fast-check";
import { expect, it } from "vitest";
import { idOfHandoff, idOfKey, idOfMessage, randomTaskId } from "../../src/domain/identity.js";
import { TaskId } from "../../src/domain/task.js";

const taskId = fc.stringMatching(/^[A-Za-z0-9_-]{1,128}$/);
const isId = (id: string): boolean => TaskId.safeParse(id).success;

it("random ids are ids, start with a letter and are not repeated", () => {
  const ids = Array.from({ length: 10_000 }, randomTaskId);
  for (const id of ids) expect(id).toMatch(/^t[a-z2-9]{9}$/);
  expect(new Set(ids).size).toBe(ids.length);
});

it("a key is always the same id, another key another one", () => {
  expect(idOfKey("nightly")).toBe(idOfKey("nightly"));
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, two) => {
      expect(isId(idOfKey(one))).toBe(true);
      expect(idOfKey(one) === idOfKey(two)).toBe(one === two);
    }),
  );
});

it("a message is always the same id; another, or of another stream, another one", () => {
  const message = fc.tuple(fc.nat(4e12), fc.nat(2 ** 40));
  fc.assert(
    fc.property(message, message, (one, two) => {
      expect(isId(idOfMessage(...one))).toBe(true);
      expect(idOfMessage(...one) === idOfMessage(...two)).toBe(one[0] === two[0] && one[1] === two[1]);
    }),
  );
});

it.each([
  ["5", 0, "5-h1"],
  ["5", 11, "5-h12"],
  ["5-h1", 0, "5-h1-h1"],
])("hand-off of %s, number %i → %s", (parent, index, id) => {
  expect(idOfHandoff(parent, index)).toBe(id);
});

it("hand-offs of any task have ids of their own, however long the chain", () => {
  fc.assert(
    fc.property(taskId, taskId, fc.nat(50), fc.nat(50), (one, two, i, j) => {
      expect(isId(idOfHandoff(one, i))).toBe(true);
      expect(idOfHandoff(one, i)).not.toBe(one);
      if (one === two) expect(idOfHandoff(one, i) === idOfHandoff(two, j)).toBe(i === j);
    }),
  );
  const seen = new Set<string>();
  let id = "root";
  for (let i = 0; i < 200; i++) {
    id = idOfHandoff(id, 0);
    expect(isId(id)).toBe(true);
    seen.add(id);
  }
  expect(seen.size).toBe(200);
});
