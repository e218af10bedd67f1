import { expect, it } from "vitest";
import { APPLIES, PRIORITY_NAMES, STATUS_NAMES, VERB_NAMES } from "../../src/dashboard/words.js";
import { fitFor } from "../../src/domain/steering.js";
import { PRIORITIES, STATUSES } from "../../src/domain/task.js";

// The page takes no schemas along: what it writes down itself is the same.

it("the page knows every status and priority", () => {
  expect([...STATUS_NAMES].sort()).toEqual([...STATUSES].sort());
  expect(PRIORITY_NAMES).toEqual([...PRIORITIES]);
});

it.each(VERB_NAMES)("%s is offered where it applies", (verb) => {
  expect([...APPLIES[verb]].sort()).toEqual([...fitFor(verb)].sort());
});
