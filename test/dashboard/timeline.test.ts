import { describe, expect, it } from "vitest";
import { type Camera, fitting, panned, towards, viewOf, zoomed } from "../../src/dashboard/timeline/camera.js";
import { acrossFrom, besideOf, type Known, lanesOf, merged } from "../../src/dashboard/timeline/lanes.js";
import { GAP_PX, idleIn, scaleOf, type Stretch, ticksOf, timeAt, xOf } from "../../src/dashboard/timeline/scale.js";
import type { AgentAttempts } from "../../src/dashboard/wire.js";

const spans = (...pairs: [number, number][]): Stretch[] => pairs.map(([from, to]) => ({ from, to }));

it.each<[string, Stretch[], Stretch[]]>([
  ["nothing ran", [], spans([0, 100])],
  ["all the time", spans([-5, 105]), []],
  ["between two", spans([60, 100], [0, 40]), spans([40, 60])],
  ["at both ends", spans([20, 80]), spans([0, 20], [80, 100])],
  ["one within another, and one that runs", spans([10, 50], [20, 30], [70, Infinity]), spans([0, 10], [50, 70])],
  ["outside", spans([-9, -1], [100, 120]), spans([0, 100])],
])("idle: %s", (_, ran, idle) => {
  expect(idleIn({ from: 0, to: 100 }, ran)).toEqual(idle);
});

const HOUR = 3_600_000;
const range = { from: 0, to: HOUR };
const gap = { from: 0.25 * HOUR, to: 0.75 * HOUR };
const short = { from: 0.9 * HOUR, to: 0.91 * HOUR };

describe("where a moment is, and which moment is there", () => {
  const fits = scaleOf(range, 1_000, null, []);
  const collapsed = scaleOf(range, 1_000, null, [gap, short]);
  const zoomed = scaleOf(range, 1_000, 0.01, [gap, short]);
  const half = (1_000 - GAP_PX) / 2;
  it.each([
    ["all fits", fits, 0.25 * HOUR, 250],
    ["before it", fits, -1, 0],
    ["after it", fits, 2 * HOUR, 1_000],
    ["before a gap", collapsed, 0.25 * HOUR, half],
    ["in the middle of a gap", collapsed, 0.5 * HOUR, 500],
    ["after a gap", collapsed, 0.75 * HOUR, half + GAP_PX],
    ["the end", collapsed, HOUR, 1_000],
    ["zoomed", zoomed, 0.1 * HOUR, 3_600],
    ["zoomed, after both gaps", zoomed, HOUR, 0.49 * HOUR * 0.01 + 2 * GAP_PX],
  ])("%s", (_, scale, time, x) => {
    expect(xOf(scale, time)).toBeCloseTo(x);
    if (time >= 0 && time <= HOUR) expect(timeAt(scale, x)).toBeCloseTo(time);
  });
  it("every place is a moment, in order, and back", () => {
    for (const scale of [fits, collapsed, zoomed]) {
      let last = -1;
      for (let x = 0; x <= scale.width; x += 113) {
        const time = timeAt(scale, x);
        expect(time).toBeGreaterThan(last);
        expect(xOf(scale, time)).toBeCloseTo(x);
        last = time;
      }
    }
  });
});

it.each<[string, Stretch[], number]>([
  ["an idle stretch that is short in the window stays", spans([0, 0.1 * HOUR]), 0],
  ["a long one is collapsed", spans([0, 0.2 * HOUR]), 1],
  ["what it makes room for makes a shorter one long", spans([0, 0.8 * HOUR], [0.85 * HOUR, 0.9 * HOUR]), 2],
  ["when nothing ran at all, its length is shown", spans([0, HOUR]), 0],
  ["a second does not become as wide as the window", spans([0, HOUR - 1_000]), 0],
])("%s", (_, idle, gaps) => {
  const scale = scaleOf(range, 1_000, null, idle);
  expect(scale.pieces.filter(({ isGap }) => isGap)).toHaveLength(gaps);
  expect(scale.width).toBeCloseTo(1_000);
});

it("writes round moments of what is on the screen, none in a gap, none too near another", () => {
  const scale = scaleOf(range, 1_000, null, [gap]);
  const ticks = ticksOf(scale, [0, 1_000], 90);
  expect(ticks.map((at) => at / 60_000)).toEqual([0, 5, 10, 45, 50, 55]);
  expect(ticksOf(scaleOf(range, 1_000, 0.1, []), [60_000, 61_000], 90).map((at) => at / 1_000)).toEqual([
    600, 601, 602, 603, 604, 605, 606, 607, 608, 609, 610,
  ]);
});

it("zooming keeps the moment that is pointed at where it is; who moves to the end follows it again", () => {
  const stage = { range, width: 1_000, idle: [gap] };
  const timeIn = (camera: Camera, x: number): number => {
    const { scale, offset } = viewOf(stage, camera);
    return timeAt(scale, offset + x);
  };
  let camera = fitting;
  for (const x of [300, 700, 100]) {
    const before = timeIn(camera, x);
    camera = zoomed(stage, camera, 2, x);
    expect(timeIn(camera, x)).toBeCloseTo(before);
  }
  expect(zoomed(stage, camera, 0.01, 500)).toEqual(fitting);
  expect(panned(stage, camera, 1e9)).toEqual({ ...camera, left: null });
  expect(panned(stage, camera, -1e9).left).toBe(0);
  const late = towards(stage, panned(stage, camera, -1e9), { from: 0.8 * HOUR, to: 0.8 * HOUR });
  expect(timeIn(late, 0)).toBeLessThan(0.8 * HOUR);
  expect(timeIn(late, 1_000)).toBeGreaterThan(0.8 * HOUR);
});

it("writes years in days, and not all of them", () => {
  const years = { from: 0, to: 9_000 * 24 * HOUR };
  expect(ticksOf(scaleOf(years, 1_000, null, []), [0, 1_000], 90).length).toBeLessThanOrEqual(12);
});

const attempts = (agent_id: string, role: string | null, ...of: [id: string, from: number, to: number | null][]) =>
  ({
    ...{ agent_id, role },
    attempts: of.map(([task_id, from, to]) => ({
      ...{ task_id, title: task_id, attempt: 1, epoch: 1, outcome: to === null ? null : "completed" },
      ...{ started_at: new Date(from).toISOString(), ended_at: to === null ? null : new Date(to).toISOString() },
    })),
  }) satisfies AgentAttempts;
const nothing: Known = new Map();

describe("lanes", () => {
  const known = merged(
    nothing,
    {
      agents: [
        attempts("Bob", "build", ["a", 0, 10], ["b", 5, null], ["c", 10, 20]),
        attempts("Ada", null, ["z", 7, 9]),
      ],
    },
    0,
  );
  const lanes = lanesOf(known, [
    { agent_id: "Idle", role: "build" },
    { agent_id: "Ada", role: "test" },
  ]);
  it("are there for whoever is there or has worked, by role and name", () => {
    expect(lanes.map(({ agent, role, running }) => [agent, role, running])).toEqual([
      ["Bob", "build", 1],
      ["Idle", "build", 0],
      ["Ada", "test", 0],
    ]);
  });
  it("what ran at the same time is in tracks of its own", () => {
    expect(lanes[0]?.tracks).toBe(2);
    expect(lanes[0]?.bars.map(({ task_id, track }) => [task_id, track])).toEqual([
      ["a", 0],
      ["b", 1],
      ["c", 0],
    ]);
  });
  it("keys move within a lane, and across lanes that have bars to the nearest in time", () => {
    const [a, b, c] = lanes[0]!.bars;
    expect([besideOf(lanes[0]!, a!, 1), besideOf(lanes[0]!, c!, 1), besideOf(lanes[0]!, a!, -1)]).toEqual([b, c, a]);
    expect(acrossFrom(lanes, c!, 1)?.task_id).toBe("z");
    expect(acrossFrom(lanes, a!, -1)).toBeUndefined();
    expect(acrossFrom(lanes, lanes[2]!.bars[0]!, -1)?.task_id).toBe("a");
  });
  it("a later answer changes what it tells of; what has left the window is dropped", () => {
    const later = merged(known, { agents: [attempts("Bob", null, ["b", 5, 30], ["d", 40, null])] }, 15);
    const [bob] = lanesOf(later, []);
    expect(bob).toMatchObject({ agent: "Bob", role: "build", running: 1 });
    expect(bob?.bars.map(({ task_id, to }) => [task_id, to])).toEqual([
      ["b", 30],
      ["c", 20],
      ["d", Infinity],
    ]);
  });
});
