import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { handlerOutcome } from "../../src/executors/handler.js";
import { MAX_VALUE_BYTES } from "../../src/domain/large-values.js";
import { readOutputFile } from "../../src/executors/output.js";
import { attempt, roleOf } from "../executors/support.js";
import { cases, depth, nested, notJson, notText, oddText, oddValue, SEED } from "./arbitraries.js";

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), "mjagent-output-"))));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a command wrote, and what is said about it; null: it is taken. */
interface Case {
  content: Buffer | string;
  want: RegExp | null;
}

const wrong = (name: string, values: fc.Arbitrary<unknown>): fc.Arbitrary<Case> =>
  values.map((value) => ({
    content: JSON.stringify({ summary: "s", [name]: value }),
    want: new RegExp(`^MJAGENT_OUTPUT is not in the agreed form: ${name}`),
  }));
const notList = oddValue.filter((value) => value !== null && !Array.isArray(value));
const badTask = fc.oneof(
  oddValue.filter((value) => typeof value !== "object" || value === null),
  fc.constantFrom({}, { title: "" }, { title: "T", blocked_by: ["*"] }, { title: "T", max_attempts: 0 }),
  notText.map((type) => ({ title: "T", type })),
);
const bad: fc.Arbitrary<Case> = fc.oneof(
  {
    weight: 3,
    arbitrary: notJson(fc.record({ summary: oddText })).map((content) => ({
      content,
      want: /^MJAGENT_OUTPUT is not JSON: ./,
    })),
  },
  wrong("summary", notText),
  wrong("artifacts", fc.oneof(notList, fc.constantFrom([""], [null], [["a"]], [1, "a"]))),
  wrong("handoff", fc.oneof(notList, fc.array(badTask, { minLength: 1, maxLength: 3 }))),
  depth.map((text): Case => ({
    content: `{"data":${text}}`,
    want: /agreed form: data: nested deeper than 200 levels|too large/,
  })),
  depth.map((text): Case => ({
    content: `{"handoff":[{"title":"T","payload":${text}}]}`,
    want: /agreed form: handoff\.0\.payload|too large/,
  })),
  fc.constant<Case>({ content: '{"data":1e999}', want: /agreed form: data/ }),
  oddValue
    .filter((value) => typeof value !== "object" || value === null || Array.isArray(value))
    .map((value): Case => ({ content: JSON.stringify(value), want: /^MJAGENT_OUTPUT is not in the agreed form: ./ })),
  fc.nat(100).map((more): Case => ({
    content: JSON.stringify("x".repeat(MAX_VALUE_BYTES - 1 + more)),
    want: /^MJAGENT_OUTPUT is too large/,
  })),
);
const good: fc.Arbitrary<Case> = fc
  .oneof(
    fc.record({ summary: oddText, data: oddValue, artifacts: fc.constantFrom(null, ["a"]), [`unknown`]: oddValue }),
    fc.record({
      handoff: fc.array(
        oddText.map((more) => ({ title: "T", description: more, extra: 1 })),
        { maxLength: 3 },
      ),
    }),
    fc.constant({ data: JSON.parse(nested(200)) as unknown }),
  )
  .map((value): Case => ({ content: JSON.stringify(value), want: null }));

test("whatever a command writes: a result, or a sentence that says what is wrong with it", async () => {
  let n = 0;
  const property = fc.asyncProperty(
    fc.oneof({ weight: 3, arbitrary: bad }, { weight: 1, arbitrary: good }),
    async ({ content, want }) => {
      const file = join(folder, `${++n}.json`);
      await writeFile(file, content);
      const read = await readOutputFile(file);
      if (want) {
        expect(read).toEqual({ invalid: expect.stringMatching(want) as string });
        expect((read as { invalid: string }).invalid).not.toMatch(/call stack|\[object|\n/);
      } else {
        const { data = null } = JSON.parse(content.toString()) as { data?: unknown };
        expect(read).toMatchObject({
          produced: { artifacts: expect.any(Array) as [], handoff: expect.any(Array) as [] },
        });
        // What has no place in JSON's own terms (a key __proto__) is left out, nothing else.
        if (!content.includes("__proto__")) expect(read).toMatchObject({ produced: { data } });
      }
    },
  );
  await fc.assert(property, { seed: SEED, numRuns: 150 });
});

test.each<[string, (path: string) => Promise<unknown>, RegExp]>([
  ["a folder", (path) => mkdir(path), /^MJAGENT_OUTPUT is not a file$/],
  ["a pipe nobody writes to", (path) => execa("mkfifo", [path]), /^MJAGENT_OUTPUT is not a file$/],
  ["a link to itself", (path) => symlink(path, path), /^MJAGENT_OUTPUT cannot be read: ELOOP/],
  ["a link to an endless device", (path) => symlink("/dev/zero", path), /^MJAGENT_OUTPUT is not a file$/],
  ["a link to a folder", (path) => symlink("/", path), /^MJAGENT_OUTPUT is not a file$/],
  ["an empty file", (path) => writeFile(path, ""), /^MJAGENT_OUTPUT is not JSON: it is empty$/],
])("in the place of the result there is %s", async (what, make, invalid) => {
  const path = join(folder, `${what.replaceAll(" ", "-")}.json`);
  await make(path);
  expect(await readOutputFile(path)).toEqual({ invalid: expect.stringMatching(invalid) as string });
});

describe.concurrent("the result of a real program", () => {
  const program = (script: string, ...args: string[]) => roleOf(["sh", "-c", script, "sh", ...args]);

  test("completed, or invalid_output with the reason; its log and its exit code are kept", async () => {
    const some = cases(fc.oneof(bad, good), 40).filter(({ content }) => content.length < 60_000);
    expect(some.length).toBeGreaterThan(20);
    for (const { content, want } of some.slice(0, 20)) {
      const script = 'printf %s "$1" | base64 -d > "$MJAGENT_OUTPUT"; echo wrote it';
      const { outcome, log } = await attempt(program(script, Buffer.from(content).toString("base64")));
      expect(log).toEqual(["wrote it"]);
      if (!want) expect(outcome.kind).toBe("completed");
      else {
        expect(outcome).toMatchObject({
          kind: "failed",
          reason: "invalid_output",
          message: expect.stringMatching(want) as string,
        });
        expect(outcome).toMatchObject({ result: { output: "wrote it\n", exit_code: 0 } });
      }
    }
  });

  test.each([
    ['mkdir "$MJAGENT_OUTPUT"', /is not a file/],
    ['mkfifo "$MJAGENT_OUTPUT"', /is not a file/],
    ['ln -s "$MJAGENT_OUTPUT" "$MJAGENT_OUTPUT"', /cannot be read: ELOOP/],
    ['head -c 100000 /dev/zero | tr "\\0" "[" > "$MJAGENT_OUTPUT"', /is not JSON/],
    ['head -c 9000000 /dev/zero > "$MJAGENT_OUTPUT"', /is too large: 8790 KiB, the limit is 8192 KiB/],
  ])("%s", async (script, message) => {
    const { outcome } = await attempt(program(script));
    expect(outcome).toMatchObject({
      kind: "failed",
      reason: "invalid_output",
      message: expect.stringMatching(message) as string,
    });
  });

  test("a program that fails is a failed program, whatever it wrote", async () => {
    const { outcome } = await attempt(program('echo "{" > "$MJAGENT_OUTPUT"; echo no disk >&2; exit 3'));
    expect(outcome).toMatchObject({ kind: "failed", reason: "exit", message: "exited with code 3: no disk" });
  });
});

test("whatever a handler returns: a result, or invalid_output", () => {
  const returned = fc.oneof(
    oddValue,
    fc.constantFrom(1n, Symbol("s"), () => 1, new Date(Number.NaN), JSON.parse(nested(5_000)) as unknown),
  );
  const wrapped = fc.oneof(
    returned,
    returned.map((data) => ({ data })),
    returned.map((summary) => ({ summary, handoff: [summary] })),
  );
  fc.assert(
    fc.property(wrapped, (value) => {
      const outcome = handlerOutcome(value, 1);
      if (outcome.kind === "completed") expect(() => JSON.stringify(outcome)).not.toThrow();
      else
        expect(outcome).toMatchObject({
          reason: "invalid_output",
          message: expect.stringMatching(/^the handler's result is ./) as string,
        });
    }),
    { seed: SEED, numRuns: 100 },
  );
});
