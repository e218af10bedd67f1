import fc from "fast-check";
import { expect, it } from "vitest";
import { type Lane, laneOf, laneOrder, LANES, nextPicks } from "../../src/domain/lanes.js";
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
  [7, [0, 1, 2, 3]],
  [8, [3, 2, 1, 0]],
  [9, [0, 1, 2, 3]],
  [15, [0, 1, 2, 3]],
  [16, [2, 3, 1, 0]],
  [24, [1, 3, 2, 0]],
  [32, [3, 2, 1, 0]],
  [2_400_000, [1, 3, 2, 0]],
])("pick %i looks at the lanes in the order %j", (pick, order) => {
  expect(laneOrder(pick)).toEqual(order);
});

it("every order looks at every lane", () => {
  for (let pick = 1; pick <= 24; pick++) expect([...laneOrder(pick)].sort()).toEqual(LANES);
});

/** What is taken from what waits in each lane, `atOnce` tasks at a time, as a worker with so many free slots does. */
function taken(waiting: number[], pulls: number, { atOnce = 1, arrive = (): Lane[] => [] } = {}): Lane[] {
  const left = [...waiting];
  const lanes: Lane[] = [];
  for (let pull = 1; pull <= pulls; pull++) {
    for (const lane of arrive()) left[lane] = (left[lane] ?? 0) + 1;
    for (const { order, max } of nextPicks(lanes.length, atOnce)) {
      for (let pick = 0; pick < max; pick++) {
        const lane = order.find((candidate) => (left[candidate] ?? 0) > 0);
        if (lane === undefined) continue;
        left[lane] = (left[lane] ?? 0) - 1;
        lanes.push(lane);
      }
    }
  }
  return lanes;
}

const countOf = (lanes: readonly Lane[], lane: Lane): number => lanes.filter((each) => each === lane).length;
const FULL = 1_000_000;

it("all lanes always full: urgent gets seven of eight, each other lane the same share of the rest", () => {
  expect(LANES.map((lane) => countOf(taken([FULL, FULL, FULL, FULL], 240), lane))).toEqual([210, 10, 10, 10]);
});

it.each([
  { full: [0, 3], picks: [210, 0, 0, 30] },
  { full: [0, 1], picks: [210, 30, 0, 0] },
  { full: [0, 2, 3], picks: [210, 0, 10, 20] },
  { full: [0, 1, 3], picks: [210, 10, 0, 20] },
  { full: [0, 1, 2], picks: [210, 10, 20, 0] },
  { full: [1, 2, 3], picks: [0, 220, 10, 10] },
  { full: [1, 3], picks: [0, 220, 0, 20] },
  { full: [2], picks: [0, 0, 240, 0] },
])("only the lanes $full are full: 240 picks are $picks", ({ full, picks }) => {
  const waiting = LANES.map((lane) => (full.includes(lane) ? FULL : 0));
  expect(LANES.map((lane) => countOf(taken(waiting, 240), lane))).toEqual(picks);
});

it("no lane starves, whatever keeps coming in the others, and however many are taken at once", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...LANES),
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 1, max: 50 }),
      fc.infiniteStream(fc.subarray([...LANES], { minLength: 1 })),
      (lane, count, atOnce, others) => {
        const waiting = LANES.map((each) => (each === lane ? count : 0));
        const arrive = (): Lane[] =>
          Array.from({ length: atOnce }, () =>
            (others.next().value as Lane[]).filter((other) => other !== lane),
          ).flat();
        // Each turn comes within 24 picks, of which one pull may be a part.
        const lanes = taken(waiting, Math.ceil((24 * count) / atOnce) + 1, { atOnce, arrive });
        expect(countOf(lanes, lane)).toBe(count);
      },
    ),
  );
});

it("a pull of many is as many picks: every eighth of them is a lower lane's", () => {
  for (const atOnce of [1, 3, 8, 16, 24, 100]) {
    const lanes = taken([FULL, FULL, FULL, FULL], 24, { atOnce });
    expect(countOf(lanes, 0)).toBe(21 * atOnce);
    expect(LANES.slice(1).map((lane) => countOf(lanes, lane))).toEqual([atOnce, atOnce, atOnce]);
  }
});

it("the picks of one order are together, those of the first pick first", () => {
  expect(nextPicks(0, 3)).toEqual([{ order: [0, 1, 2, 3], max: 3 }]);
  expect(nextPicks(6, 3)).toEqual([
    { order: [0, 1, 2, 3], max: 2 },
    { order: [3, 2, 1, 0], max: 1 },
  ]);
  expect(nextPicks(15, 24)).toEqual([
    { order: [2, 3, 1, 0], max: 1 },
    { order: [0, 1, 2, 3], max: 21 },
    { order: [1, 3, 2, 0], max: 1 },
    { order: [3, 2, 1, 0], max: 1 },
  ]);
});
