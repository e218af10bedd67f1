import { expect, test } from "vitest";
import { mayReplicate, REPLICATION_FLOOR } from "../../src/domain/replication.js";

test.each<[version: string, copies: number, may: boolean]>([
  ["2.9.10", 1, true],
  ["unknown", 1, true],
  ["2.9.10", 2, false],
  ["2.9.10", 3, false],
  ["2.9.20", 3, false],
  [REPLICATION_FLOOR, 3, true],
  ["2.9.21-RC.1", 3, false],
  ["2.9.22-RC.1", 3, true],
  ["2.9.25", 5, true],
  ["2.8.4", 3, false],
  ["2.8.30", 3, false],
  ["2.10.0", 3, true],
  ["2.10.0-beta", 3, false],
  ["2.10.0-RC.7", 3, false],
  ["2.10.1-beta", 3, true],
  ["2.10.27", 3, true],
  ["2.11.0-dev", 3, true],
  ["2.15.1", 3, true],
  ["3.0.0-beta.1", 3, true],
  ["1.4.1", 3, false],
  ["2.10", 3, false],
  ["unknown", 3, false],
  ["", 3, false],
])("nats-server %s, copies: %i → %s", (version, copies, may) => {
  expect(mayReplicate(version, copies)).toBe(may);
});
