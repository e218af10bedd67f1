import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { takeValuesOut } from "../../src/domain/large-reports.js";
import {
  beginningOf,
  type InlineLimits,
  inlineLimits,
  MAX_VALUE_BYTES,
  takePayloadOut,
  tooLarge,
} from "../../src/domain/large-values.js";
import { taskEventMessage } from "../../src/domain/message.js";
import type { AttemptReport } from "../../src/domain/report.js";
import { type Json } from "../../src/domain/json-value.js";
import { emptyResult, NewTask, type NewTaskInput } from "../../src/domain/task.js";
import { apply, claim, fenceOf, NOW } from "./records.js";

const KIB = 1024;
const MIB = KIB * KIB;
const LIMITS = inlineLimits(MIB);
const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
const task = (over: Partial<NewTaskInput> = {}): NewTask => NewTask.parse({ title: "T", ...over });
/** A JSON text of exactly that many bytes. */
const textOf = (bytes: number): string => "x".repeat(bytes - 2);

describe("beginningOf", () => {
  it.each([
    ["fits", 10, "fits"],
    ["", 10, ""],
    ["abcdef", 5, "abc"],
    ["äöü", 6, "äö"],
    ["🙂🙂", 8, "🙂"],
    ["🙂🙂", 5, ""],
    ['""""', 6, '""'],
    ["\0\0", 9, "\0"],
  ])("of %j in %i bytes is %j", (text, limit, expected) => {
    expect(beginningOf(text, limit)).toBe(expected);
  });

  it("is a beginning, within the limit, of whole characters; and whole when that fits", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), fc.integer({ min: 2, max: 300 }), (text, limit) => {
        const kept = beginningOf(text, limit);
        expect(text.startsWith(kept)).toBe(true);
        expect(bytesOf(kept)).toBeLessThanOrEqual(limit);
        if (bytesOf(text) <= limit) expect(kept).toBe(text);
        else expect(kept).not.toMatch(/[\uD800-\uDBFF]$/);
      }),
    );
  });
});

describe("what a record may hold", () => {
  it("is what is documented where a message takes 1 MiB or more, and less in proportion where it takes less", () => {
    const documented = { value: 256 * KIB, task: 448 * KIB, excerpt: 64 * KIB, message: 16 * KIB, slots: 768 * KIB };
    expect(inlineLimits(MIB)).toEqual(documented);
    expect(inlineLimits(64 * MIB)).toEqual(documented);
    expect(inlineLimits(64 * KIB)).toEqual({
      value: 16 * KIB,
      task: 28 * KIB,
      excerpt: 4 * KIB,
      message: KIB,
      slots: 48 * KIB,
    });
  });
});

describe("a payload", () => {
  it.each<[string, Partial<NewTaskInput>, boolean]>([
    ["none", {}, false],
    ["null", { payload: null }, false],
    ["small", { payload: { a: 1 } }, false],
    ["of the limit", { payload: textOf(256 * KIB) }, false],
    ["of a byte more", { payload: textOf(256 * KIB + 1) }, true],
    ["of the limit, beside a long description", { payload: textOf(256 * KIB), description: textOf(200 * KIB) }, true],
    ["of many bytes and few characters", { payload: "字".repeat(90_000) }, true],
  ])("%s: taken out: %s", (_, over, out) => {
    const given = task(over);
    const { task: light, object } = takePayloadOut(given, LIMITS, "payload/t.x");
    if (!out) {
      expect([light, object]).toEqual([given, null]);
      return;
    }
    expect(object).toEqual({ name: "payload/t.x", json: JSON.stringify(given.payload) });
    const { payload: taken, ...rest } = given;
    const payload_excerpt = (taken as string).slice(0, light.payload_excerpt?.length);
    expect(light).toEqual({ ...rest, payload_object: "payload/t.x", payload_excerpt });
    expect(bytesOf(payload_excerpt)).toBeGreaterThan(63 * KIB);
    // Once is enough.
    expect(takePayloadOut(light, LIMITS, "payload/t.y")).toEqual({ task: light, object: null });
  });

  it("leaves its words: keys and values, each on a line of its own", () => {
    const payload = { spec: "PAGE_SPEC", pages: ["about", 2, true, null], text: textOf(MIB) };
    const { task: light } = takePayloadOut(task({ payload }), LIMITS, "payload/t.x");
    expect(light.payload_excerpt?.split("\n").slice(0, 8)).toEqual([
      "spec",
      "PAGE_SPEC",
      "pages",
      "about",
      "2",
      "true",
      "",
      "text",
    ]);
  });
});

const longIds = (count: number): string[] => Array.from({ length: count }, (_, n) => String(n).padStart(128, "x"));

describe("a task that is too large", () => {
  it.each<[string, Partial<NewTaskInput>, RegExp | null]>([
    ["a payload of the limit", { payload: textOf(MAX_VALUE_BYTES) }, null],
    ["a payload of a byte more", { payload: textOf(MAX_VALUE_BYTES + 1) }, /its payload has 8193 KiB; 8192 KiB/],
    ["texts within the limit", { description: textOf(255 * KIB) }, null],
    ["texts beyond it", { description: textOf(256 * KIB) }, /title and description have 257 KiB; 256 KiB/],
    ["10,000 blockers", { blocked_by: longIds(10_000).map((id) => id.slice(-32)) }, null],
    ["10,000 blockers with long ids", { blocked_by: longIds(10_000) }, /without its payload it has \d+ KiB; 384 KiB/],
    ["tags", { tags: Array.from({ length: 1_000 }, () => "f".repeat(1_000)) }, /without its payload/],
  ])("%s", (_, over, why) => {
    const said = tooLarge(task(over), LIMITS);
    if (why === null) expect(said).toBeNull();
    else expect(said).toMatch(why);
  });
});

const FENCE = { owner: "Debbie", instance_id: "i1", epoch: 7 };
const completed = (data: Json, over: Partial<Extract<AttemptReport, { type: "completed" }>> = {}): AttemptReport => ({
  ...{
    type: "completed",
    fence: FENCE,
    result: { ...emptyResult(), summary: "done", output: "out", data },
    handoff: [],
  },
  ...over,
});
const failed = (message: string, result: ReturnType<typeof emptyResult> | null): AttemptReport => ({
  ...{ type: "attempt_failed", fence: FENCE, reason: "exit", message, retryable: true, delay_ms: 1, result },
});

describe("a report", () => {
  it.each<[string, AttemptReport]>([
    ["completed", completed({ a: 1 })],
    ["failed", failed("exit code 1", null)],
    ["handed back", { type: "handed_back", fence: FENCE, reason: "shutdown", delay_ms: 0 }],
    ["with hand-offs", completed(1, { handoff: [task({ payload: { a: 1 } })] })],
  ])("that is small stays as it is: %s", (_, report) => {
    expect(takeValuesOut(report, "t", LIMITS)).toEqual({ report, objects: [] });
  });

  it.each<[string, AttemptReport]>([
    ["completed", completed(textOf(MIB))],
    ["failed", failed("exit code 1", { ...emptyResult(), summary: "done", data: textOf(MIB) })],
  ])("with a large result leaves its beginning and the name of the object: %s", (_, report) => {
    const taken = takeValuesOut(report, "t", LIMITS);
    const result = { ...emptyResult(), summary: "done" };
    expect(taken.report).toEqual({ ...report, result, result_object: "result/t.7" });
    const whole = report.type === "handed_back" ? null : report.result;
    expect(taken.objects).toEqual([{ name: "result/t.7", json: JSON.stringify(whole) }]);
    expect(takeValuesOut(report, "t", LIMITS)).toEqual(taken);
  });

  it("keeps what is long in a summary, in artifacts or in a message within bounds, too", () => {
    const result = {
      ...emptyResult(),
      summary: "s".repeat(MIB),
      artifacts: Array(5_000).fill("a".repeat(100)) as string[],
    };
    const { report } = takeValuesOut(failed("m".repeat(MIB), result), "t", LIMITS);
    expect(bytesOf(report)).toBeLessThan(60 * KIB);
    expect(report).toMatchObject({ message: expect.stringMatching(/^m+$/) as string, result: { summary: /./ } });
  });

  it("hands the payloads of its hand-offs to the children, the large ones only", () => {
    const handoff = [
      task({ payload: textOf(200 * KIB) }),
      task({ payload: "small" }),
      task({ payload: textOf(2 * MIB) }),
    ];
    const { report, objects } = takeValuesOut(completed(1, { handoff }), "t", LIMITS);
    expect(objects.map(({ name }) => name)).toEqual(["payload/t-h1.7", "payload/t-h3.7"]);
    expect(report.type === "completed" && report.handoff.map((child) => child.payload)).toEqual([
      undefined,
      "small",
      undefined,
    ]);
    expect(bytesOf(report)).toBeLessThan(256 * KIB);
  });

  it.each<[string, NewTask[], RegExp]>([
    [
      "many",
      Array.from({ length: 5_000 }, () => task({ description: "d".repeat(50) })),
      /^5000 hand-offs have \d+ KiB without/,
    ],
    [
      "a payload",
      [task({ title: "Big", payload: textOf(MAX_VALUE_BYTES + 1) })],
      /^the hand-off "Big" is too large: its pay/,
    ],
    ["texts", [task({ title: "Long", description: textOf(300 * KIB) })], /^the hand-off "Long" is too large: title/],
  ])("whose hand-offs cannot be kept fails, with its result: %s", (_, handoff, why) => {
    const { report, objects } = takeValuesOut(completed(textOf(MIB), { handoff }), "t", LIMITS);
    expect(report).toMatchObject({
      ...{ type: "attempt_failed", reason: "invalid_output", retryable: false, result_object: "result/t.7" },
      message: expect.stringMatching(why) as string,
    });
    expect(objects.map(({ name }) => name)).toEqual(["result/t.7"]);
  });
});

/** Around every limit, and far beyond. */
const sizes = (limit: number) =>
  fc.constantFrom(2, limit / 3, limit - 100, limit, limit + 100, 2 * limit).map((bytes) => textOf(Math.floor(bytes)));

const shapes = (limits: InlineLimits) =>
  fc.record({
    description: sizes(limits.value / 2),
    payload: sizes(limits.value),
    blockers: fc.constantFrom(0, 10, limits.task / 400, limits.task / 200),
    data: sizes(limits.value),
    output: sizes(limits.value / 4),
    summary: sizes(limits.message),
    children: fc.constantFrom(0, 1, 3, 40, 900),
    child: sizes(limits.value / 30),
    attempts: fc.constantFrom(1, 20),
  });

it.each([MIB, 256 * KIB, 8 * MIB])("whatever is accepted fits into a message of %i bytes, record and event", (max) => {
  const limits = inlineLimits(max);
  let accepted = 0;
  fc.assert(
    fc.property(
      shapes(limits),
      ({ description, payload, blockers, data, output, summary, children, child, attempts }) => {
        const given = task({ description, payload, blocked_by: longIds(Math.floor(blockers)) });
        if (tooLarge(given, limits) !== null) return;
        accepted++;
        const light = takePayloadOut(given, limits, "payload/t.0123456789-0123456789-0123456789").task;
        let record = apply(null, { type: "published", task_id: "t".repeat(128), task: light, blockers: [] });
        expect(bytesOf(record)).toBeLessThan(max / 2);
        for (let n = 1; n < attempts; n++) {
          record = claim(record, "Debbie", "i1", 1_000);
          const fence = fenceOf(record);
          record = apply(record, { type: "owner_lost", fence, message: "silent" });
          const late = {
            type: "late_result",
            fence,
            report: "completed",
            summary: textOf(500),
            object: "late/t.1",
          } as const;
          record = apply(record, late);
        }
        record = claim(record, "Debbie", "i1", 1_000);
        const handoff = Array.from({ length: children }, (_, n) => task({ title: `Child ${n}`, payload: child }));
        const result = { ...emptyResult(), summary, data, output };
        const report = { type: "completed", fence: fenceOf(record), result, handoff } as const;
        record = apply(record, takeValuesOut(report, record.task_id, limits).report, NOW);
        expect(bytesOf(record)).toBeLessThan(max - 1_000);
        expect(bytesOf(taskEventMessage(record, "completed", { agent_id: "Debbie", attempt: 1 }))).toBeLessThan(
          max / 2,
        );
      },
    ),
    { numRuns: 40 },
  );
  expect(accepted).toBeGreaterThan(10);
});
