import { describe, expect, test } from "vitest";
import { claudeDialect } from "../../src/executors/dialects/claude.js";
import { codexDialect } from "../../src/executors/dialects/codex.js";
import { copilotDialect } from "../../src/executors/dialects/copilot.js";
import { type Dialect, type Event, nothingTold, type Told } from "../../src/executors/dialects/dialect.js";
import { geminiDialect } from "../../src/executors/dialects/gemini.js";
import { gooseDialect } from "../../src/executors/dialects/goose.js";
import { opencodeDialect } from "../../src/executors/dialects/opencode.js";

function read(dialect: Dialect, events: readonly Event[]): Told & { shown: string[] } {
  let told = nothingTold();
  const lines: string[] = [];
  for (const event of events) {
    const { shown = [], ...changed } = dialect.fold(told, event);
    told = { ...told, ...changed };
    lines.push(...shown);
  }
  return { ...told, shown: lines };
}

const ok = { ok: true };
const claudeSays = (id: string, content: object[], usage: object = {}): Event => ({
  type: "assistant",
  message: { id, content, usage },
  parent_tool_use_id: null,
});

/** Lines as the CLIs printed them, shortened. */
const CASES: [string, Dialect, Event[], Partial<Told> & { shown?: string[] }][] = [
  [
    "claude: a tool, then words",
    claudeDialect,
    [
      { type: "system", subtype: "init", session_id: "s", model: "claude-opus-4-8" },
      claudeSays("m1", [{ type: "tool_use", name: "Write", input: { file_path: "/w/a.txt", content: "x" } }], {
        input_tokens: 1000,
        cache_read_input_tokens: 200,
        output_tokens: 1,
      }),
      { type: "user", message: { content: [{ type: "tool_result", content: "File created" }] } },
      claudeSays("m2", [{ type: "text", text: "It is done." }], { input_tokens: 1000, output_tokens: 1 }),
      {
        ...{ type: "result", subtype: "success", is_error: false, num_turns: 2, result: "It is done." },
        ...{ session_id: "s", total_cost_usd: 0.0119 },
        usage: { input_tokens: 2000, cache_read_input_tokens: 400, output_tokens: 68 },
      },
    ],
    {
      ...{ sessionId: "s", model: "claude-opus-4-8", answer: "It is done.", ending: { ok: true }, turns: 2, steps: 1 },
      usage: { input_tokens: 2400, output_tokens: 68, cost_usd: 0.0119 },
      shown: ["→ Write /w/a.txt", "It is done."],
    },
  ],
  [
    "claude: one message in two events counts once",
    claudeDialect,
    [
      claudeSays("m1", [{ type: "text", text: "First" }], { input_tokens: 10, output_tokens: 5 }),
      claudeSays("m1", [{ type: "tool_use", name: "Bash", input: { command: "ls" } }], {
        input_tokens: 10,
        output_tokens: 9,
      }),
    ],
    {
      turns: 1,
      steps: 1,
      usage: { input_tokens: 10, output_tokens: 9, cost_usd: null },
      shown: ["First", "→ Bash ls"],
    },
  ],
  [
    "claude: a sub-agent's words are not the answer, its tokens count",
    claudeDialect,
    [
      claudeSays("m1", [{ type: "text", text: "Mine" }], { input_tokens: 1, output_tokens: 1 }),
      {
        ...claudeSays("m2", [{ type: "text", text: "Its" }], { input_tokens: 2, output_tokens: 2 }),
        parent_tool_use_id: "t",
      },
    ],
    { answer: "Mine", turns: 1, usage: { input_tokens: 3, output_tokens: 3, cost_usd: null } },
  ],
  [
    "claude: its own retries",
    claudeDialect,
    [
      { type: "system", subtype: "api_retry", attempt: 1, error_status: 529, error: "overloaded_error" },
      { type: "system", subtype: "api_retry", attempt: 2, error_status: 529, error: "overloaded_error" },
    ],
    { retries: 2, trouble: { message: "overloaded_error (status 529)", status: 529, kind: "overloaded_error" } },
  ],
  [
    "qwen: an error that is called a success",
    claudeDialect,
    [
      {
        ...{ type: "result", subtype: "success", is_error: false },
        result: "STUB-FINAL: the[API Error: terminated (cause: other side closed)]",
      },
    ],
    {
      ending: {
        ok: false,
        trouble: { message: expect.stringContaining("terminated") as string, kind: "success", status: undefined },
      },
    },
  ],
  [
    "codex: a command, then words; usage is that of the thread",
    codexDialect,
    [
      { type: "thread.started", thread_id: "t" },
      { type: "item.started", item: { type: "command_execution", command: "/bin/bash -lc 'make'" } },
      { type: "item.completed", item: { type: "command_execution", exit_code: 2, aggregated_output: "a\nNo rule\n" } },
      { type: "item.completed", item: { type: "file_change", changes: [{ path: "a.txt", kind: "add" }] } },
      { type: "item.completed", item: { type: "agent_message", text: "It is done." } },
      { type: "turn.completed", usage: { input_tokens: 2400, cached_input_tokens: 400, output_tokens: 68 } },
    ],
    {
      ...{ sessionId: "t", answer: "It is done.", ending: { ok: true }, steps: 2, turns: 3 },
      usage: { input_tokens: 2400, output_tokens: 68, cost_usd: null },
      shown: ["→ $ /bin/bash -lc 'make'", "✗ exit code 2 No rule", "→ add a.txt", "It is done."],
    },
  ],
  [
    "codex: an error at a reconnect ends nothing",
    codexDialect,
    [{ type: "error", message: "Reconnecting... 1/5 (exceeded retry limit, last status: 429 Too Many Requests)" }],
    { ending: null, retries: 1, trouble: { message: expect.stringContaining("429") as string, status: 429 } },
  ],
  [
    "codex: a turn that failed",
    codexDialect,
    [
      {
        type: "turn.failed",
        error: { message: "unexpected status 401 Unauthorized: no key, url: http://x/v1/responses" },
      },
    ],
    { ending: { ok: false, trouble: { message: expect.stringContaining("401") as string, status: 401 } } },
  ],
  [
    "opencode: steps add up, and the last one ends it",
    opencodeDialect,
    [
      { type: "step_start", sessionID: "ses", part: { type: "step-start" } },
      { type: "tool_use", part: { tool: "write", state: { status: "completed", input: { filePath: "/w/a" } } } },
      {
        type: "step_finish",
        part: { reason: "tool-calls", tokens: { input: 1000, output: 34, cache: { read: 200 } }, cost: 0.5 },
      },
      { type: "step_start", part: {} },
      { type: "text", part: { text: "It is done." } },
      {
        type: "step_finish",
        part: { reason: "stop", tokens: { input: 1000, output: 34, cache: { read: 200 } }, cost: 0.5 },
      },
    ],
    {
      ...{ sessionId: "ses", answer: "It is done.", ending: { ok: true }, turns: 2, steps: 1, emptyTurns: 0 },
      usage: { input_tokens: 2400, output_tokens: 68, cost_usd: 1 },
      shown: ["→ write /w/a", "It is done."],
    },
  ],
  [
    "opencode: steps without anything in them",
    opencodeDialect,
    [1, 2].flatMap(() => [
      { type: "step_start", part: {} },
      { type: "step_finish", part: { reason: "stop", tokens: { input: 0, output: 0 } } },
    ]),
    { emptyTurns: 2, turns: 2, ending: null },
  ],
  [
    "opencode: a step that begins again",
    opencodeDialect,
    [
      { type: "step_start", part: {} },
      { type: "step_start", part: {} },
      { type: "step_start", part: {} },
    ],
    { retries: 2, turns: 1 },
  ],
  [
    "opencode: an error with what its server said",
    opencodeDialect,
    [
      {
        type: "error",
        error: {
          name: "APIError",
          data: { message: "slow down", statusCode: 429, responseHeaders: { "retry-after": "7" } },
        },
      },
    ],
    { ending: { ok: false, trouble: { message: "slow down", kind: "APIError", status: 429, retryAfterMs: 7_000 } } },
  ],
  [
    "gemini: the answer is what came after the last tool, in pieces",
    geminiDialect,
    [
      { type: "init", session_id: "g", model: "gemini-2.5-flash" },
      { type: "message", role: "user", content: "# Task" },
      { type: "message", role: "assistant", content: "I will ", delta: true },
      { type: "message", role: "assistant", content: "look.", delta: true },
      { type: "tool_use", tool_name: "write_file", parameters: { file_path: "/w/a" } },
      { type: "tool_result", status: "error", error: { message: "no such folder" } },
      { type: "message", role: "assistant", content: "It is\ndo", delta: true },
      { type: "message", role: "assistant", content: "ne.", delta: true },
      { type: "result", status: "success", stats: { input_tokens: 2400, output_tokens: 68 } },
    ],
    {
      ...{ sessionId: "g", answer: "It is\ndone.", ending: { ok: true }, steps: 1 },
      usage: { input_tokens: 2400, output_tokens: 68, cost_usd: null },
      shown: ["I will look.", "→ write_file /w/a", "✗ no such folder", "It is", "done."],
    },
  ],
  [
    "gemini: an empty answer is told before the result",
    geminiDialect,
    [
      { type: "error", severity: "error", message: "Model stream ended without a finish reason." },
      { type: "result", status: "error", stats: { input_tokens: 0, output_tokens: 0 } },
    ],
    {
      ending: {
        ok: false,
        trouble: { message: "Model stream ended without a finish reason.", kind: "error", status: undefined },
      },
    },
  ],
  [
    "copilot: words, a tool, an exit code",
    copilotDialect,
    [
      { type: "assistant.turn_start", data: {} },
      { type: "tool.execution_start", data: { toolName: "bash", arguments: { command: "ls" } } },
      { type: "assistant.turn_start", data: {} },
      { type: "assistant.message", data: { content: "It is done.", model: "stub" } },
      { type: "result", sessionId: "c", exitCode: 0, usage: { premiumRequests: 0 } },
    ],
    {
      sessionId: "c",
      answer: "It is done.",
      ending: { ok: true },
      turns: 2,
      steps: 1,
      shown: ["→ bash ls", "It is done."],
    },
  ],
  [
    "copilot: not logged in",
    copilotDialect,
    [
      {
        type: "session.error",
        data: { errorType: "authentication", message: "Authentication failed", statusCode: 401 },
      },
      { type: "result", sessionId: "c", exitCode: 1 },
    ],
    { ending: { ok: false, trouble: { message: "Authentication failed", kind: "authentication", status: 401 } } },
  ],
  [
    "goose: from its documentation",
    gooseDialect,
    [
      {
        type: "message",
        message: {
          id: "1",
          role: "assistant",
          content: [{ type: "toolRequest", toolCall: { value: { name: "shell", arguments: { command: "ls" } } } }],
        },
      },
      { type: "message", message: { id: "2", role: "assistant", content: [{ type: "text", text: "It is done." }] } },
      { type: "complete", input_tokens: 10, output_tokens: 2, cost_usd: 0.25 },
    ],
    {
      ...{ answer: "It is done.", ending: { ok: true }, turns: 2, steps: 1, shown: ["→ shell ls", "It is done."] },
      usage: { input_tokens: 10, output_tokens: 2, cost_usd: 0.25 },
    },
  ],
];

test.each(CASES)("%s", (_, dialect, events, expected) => {
  expect(read(dialect, events)).toMatchObject(expected);
});

describe("whatever a line holds, no dialect throws and none counts it as the end", () => {
  const dialects = { claudeDialect, codexDialect, opencodeDialect, geminiDialect, copilotDialect, gooseDialect };
  const types = CASES.flatMap(([, , events]) => events.map((event) => event["type"]));
  const values = [null, 1, "x", [], {}, { message: null }, [null]];
  test.each(Object.entries(dialects))("%s", (_, dialect) => {
    for (const type of [...new Set(types), undefined, 7]) {
      for (const value of values) {
        const keys = ["message", "part", "item", "error", "data", "usage", "stats", "content", "sessionID"];
        const event = { type, ...Object.fromEntries(keys.map((key) => [key, value])) };
        expect(() => read(dialect, [event, event])).not.toThrow();
      }
    }
    expect(read(dialect, [{ type: "unknown" }]).ending).not.toEqual(ok);
  });
});
