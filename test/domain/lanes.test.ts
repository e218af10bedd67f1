import fc from "fast-check";
import { expect, it } from "vitest";
import { type Lane, laneOf, laneOrder, LANES } from "../../src/domain/lanes.js";
import { PRIORITIES } from "../../src/domain/task.js";

it.each([
  ["urgent", 0],
  ["high", 1],
  ["normal", 2],
  ["low", 3],
] as const)("%s is lane %i", (priority, lane) => {
  expect(laneOf(priority)).toBe(lane);
});

it("there is a lane for each priority", () => {
  expect(PRIORITIES.map(laneOf)).toEqual(LANES);
});

it.each([
  [1, [0, 1, 2, 3]],
  [2, [0, 1, 2, 3]],
  [7, [0, 1, 2, 3]],
  [8, [3, 2, 1, 0]],
  [9, [0, 1, 2, 3]],
  [16, [3, 2, 1, 0]],
  [800_000, [3, 2, 1, 0]],
])("pick %i looks at the lanes in the order %j", (pick, order) => {
  expect(laneOrder(pick)).toEqual(order);
});

/** Picks one task at a time from what waits in each lane, as a worker does. */
function picks(waiting: number[], rounds: number, arrive: (round: number) => Lane[] = () => []): Lane[] {
  const left = [...waiting];
  const taken: Lane[] = [];
  for (let pick = 1; pick <= rounds; pick++) {
    for (const lane of arrive(pick)) left[lane] = (left[lane] ?? 0) + 1;
    const lane = laneOrder(pick).find((candidate) => (left[candidate] ?? 0) > 0);
    if (lane === undefined) continue;
    left[lane] = (left[lane] ?? 0) - 1;
    taken.push(lane);
  }
  return taken;
}

it("low never starves, whatever keeps coming in above it", () => {
  const lane = fc.constantFrom<Lane>(0, 1, 2);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.infiniteStream(lane), (low, above) => {
      const taken = picks([0, 0, 0, low], 8 * low, () => [above.next().value as Lane]);
      expect(taken.filter((picked) => picked === 3)).toHaveLength(low);
    }),
  );
});

it("a lower lane is served before a higher one in every eighth pick only", () => {
  const taken = picks([1_000, 0, 0, 1_000], 80);
  expect(taken.filter((lane) => lane === 3)).toHaveLength(10);
  expect(taken.slice(0, 8)).toEqual([0, 0, 0, 0, 0, 0, 0, 3]);
});
