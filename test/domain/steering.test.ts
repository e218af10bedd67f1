import { describe, expect, it } from "vitest";
import { isRejected, transition } from "../../src/domain/lifecycle.js";
import { fitFor, meantBy, STEERING, type Verb } from "../../src/domain/steering.js";
import { STATUSES } from "../../src/domain/task.js";
import { NOW, recordIn } from "./records.js";

const OPEN = ["blocked", "scheduled", "awaiting_approval", "available", "in_progress"];

describe.each<{ verb: Verb; fit: string[]; meant: string[] }>([
  { verb: "cancel", fit: OPEN, meant: OPEN },
  { verb: "retry", fit: ["failed", "cancelled"], meant: ["failed"] },
  { verb: "approve", fit: ["awaiting_approval"], meant: ["awaiting_approval"] },
  { verb: "reject", fit: ["awaiting_approval"], meant: ["awaiting_approval"] },
])("$verb", ({ verb, fit, meant }) => {
  it("applies to $fit, and means $meant", () => {
    expect(fitFor(verb)).toEqual(fit);
    expect(meantBy(verb)).toEqual(meant);
  });

  it.each(STATUSES)("%s: the table says the same", (status) => {
    const outcome = transition(recordIn(status), { type: STEERING[verb], by: "a", reason: null }, NOW);
    expect(isRejected(outcome)).toBe(!fitFor(verb).includes(status));
  });
});
