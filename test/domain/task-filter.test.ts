import { expect, it } from "vitest";
import { matchesFilter, type TaskFilter } from "../../src/domain/task-filter.js";
import type { TaskRecord } from "../../src/domain/task.js";
import { recordIn } from "./records.js";

const limited = recordIn("failed", {
  type: "Design",
  error: { reason: "rate_limited", message: "429 Too Many Requests" },
});
const completed = recordIn("completed");
const open = recordIn("available");
const running = recordIn("in_progress");

it.each<[TaskRecord, TaskFilter, boolean]>([
  [open, {}, true],
  [limited, {}, true],
  [limited, { status: undefined, type: undefined, agent: undefined, error: undefined }, true],
  [limited, { status: ["failed"] }, true],
  [limited, { status: ["cancelled", "failed"] }, true],
  [limited, { status: ["cancelled"] }, false],
  [limited, { status: [] }, false],
  [limited, { type: "design" }, true],
  [limited, { type: "desig" }, false],
  [open, { type: "design" }, false],
  [open, { type: "" }, false],
  [running, { agent: "debbie" }, true],
  [completed, { agent: "DEBBIE" }, true],
  [completed, { agent: "Alice" }, false],
  [open, { agent: "Debbie" }, false],
  [limited, { error: "rate" }, true],
  [limited, { error: "RATE_LIMITED" }, true],
  [limited, { error: "too many" }, true],
  [limited, { error: "429" }, true],
  [limited, { error: "timeout" }, false],
  [limited, { error: "limited 429" }, false],
  [completed, { error: "rate" }, false],
  [open, { error: "" }, false],
  [limited, { status: ["failed"], type: "design", error: "rate" }, true],
  [limited, { status: ["failed"], type: "design", error: "timeout" }, false],
  [limited, { status: ["cancelled"], type: "design", error: "rate" }, false],
])("%#", (task, filter, matches) => {
  expect(matchesFilter(task, filter)).toBe(matches);
});
