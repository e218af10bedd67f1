import { describe, expect, it } from "vitest";
import { slotsOf } from "../../src/dashboard/ui/slots.js";

const at = (...ids: string[]) => new Map(ids.map((id, slot) => [id, slot]));

describe("which row of the page shows what", () => {
  it.each<[string, Map<string, number>, string[], string | null, [string, number][]]>([
    [
      "the first: each a row of its own",
      at(),
      ["a", "b"],
      null,
      [
        ["a", 0],
        ["b", 1],
      ],
    ],
    [
      "what stays keeps its row, wherever it moves",
      at("a", "b", "c"),
      ["c", "a", "b"],
      null,
      [
        ["c", 2],
        ["a", 0],
        ["b", 1],
      ],
    ],
    [
      "what comes gets the row of what goes",
      at("a", "b", "c"),
      ["b", "c", "d"],
      null,
      [
        ["b", 1],
        ["c", 2],
        ["d", 0],
      ],
    ],
    [
      "others altogether get the same rows",
      at("a", "b"),
      ["x", "y"],
      null,
      [
        ["x", 0],
        ["y", 1],
      ],
    ],
    [
      "more than there were get new ones",
      at("a"),
      ["b", "c", "d"],
      null,
      [
        ["b", 0],
        ["c", 1],
        ["d", 2],
      ],
    ],
    [
      "the row that has the focus is not given away",
      at("a", "b"),
      ["b", "c"],
      "a",
      [
        ["b", 1],
        ["c", 2],
      ],
    ],
    [
      "and stays where it is while it is shown",
      at("a", "b"),
      ["c", "a"],
      "a",
      [
        ["c", 1],
        ["a", 0],
      ],
    ],
    ["none", at("a"), [], null, []],
  ])("%s", (_, before, ids, held, expected) => {
    expect([...slotsOf(before, ids, held)]).toEqual(expected);
  });
});
