import {
  countOf,
  type Dialect,
  type Ending,
  type Event,
  fieldsOf,
  type Fold,
  linesOf,
  listOf,
  plus,
  statusOf,
  sumOf,
  textOf,
  type Told,
  toolCall,
  toolFailed,
  type Usage,
} from "./dialect.js";

/**
 * `stream-json` as Claude Code writes it, and in its shape qwen, Cursor and Amp: `system`, `assistant`, `user`, and one
 * `result` at the end. Seen of claude 2.1.197 and qwen 0.15.10.
 */
export const claudeDialect: Dialect = {
  fold(told, event) {
    switch (event["type"]) {
      case "system":
        return system(told, event);
      case "assistant":
        return assistant(told, event);
      case "user":
        return { shown: toolResults(event) };
      case "result":
        return result(told, event);
      default:
        return {};
    }
  },
};

function system(told: Told, event: Event): Fold {
  const retry = event["subtype"] === "api_retry" || event["subtype"] === "retry";
  const session = { sessionId: textOf(event["session_id"]) || told.sessionId };
  if (!retry) return { ...session, model: textOf(event["model"]) || told.model };
  const kind = textOf(event["error"]);
  const status = statusOf(event["error_status"]);
  const trouble = { message: `${kind || "error"}${status === undefined ? "" : ` (status ${status})`}`, status, kind };
  return { ...session, retries: told.retries + 1, trouble, shown: [toolFailed(`retrying: ${trouble.message}`)] };
}

/** One message of the model may come in several events, each with one part of it and the usage so far. */
function assistant(told: Told, event: Event): Fold {
  const message = fieldsOf(event["message"]);
  const parts = listOf(message["content"]).map(fieldsOf);
  const tools = parts.filter((part) => part["type"] === "tool_use");
  const words = parts.map((part) => textOf(part["text"])).join("");
  const shown = parts.flatMap((part) =>
    part["type"] === "tool_use" ? [toolCall(textOf(part["name"]), part["input"])] : linesOf(textOf(part["text"])),
  );
  // Of a sub-agent: its tokens count, its words are not the answer.
  const own = textOf(event["parent_tool_use_id"]) === "";
  const id = textOf(message["id"]);
  // Those of sub-agents come in between.
  const before = id === "" ? undefined : told.seen.outputs.get(id);
  const again = before !== undefined;
  const usage = usageOf(message["usage"]);
  const output = usage.output_tokens ?? 0;
  const more = again ? { output_tokens: Math.max(0, output - before) } : usage;
  const busy = tools.length > 0 || words.trim() !== "" || (again && told.seen.busy);
  return {
    shown,
    usage: plus(told.usage, more),
    steps: told.steps + tools.length,
    retries: 0,
    seen: { message: id, outputs: new Map(told.seen.outputs).set(id, Math.max(output, before ?? 0)), busy },
    ...(own && words.trim() !== "" && { answer: words }),
    ...(own && !again && { turns: told.turns + 1 }),
    ...(own && { emptyTurns: busy ? 0 : told.emptyTurns + (again ? 0 : 1) }),
  };
}

const toolResults = (event: Event): string[] =>
  listOf(fieldsOf(event["message"])["content"])
    .map(fieldsOf)
    .filter((part) => part["is_error"] === true)
    .map((part) => toolFailed(typeof part["content"] === "string" ? part["content"] : JSON.stringify(part["content"])));

function result(told: Told, event: Event): Fold {
  const words = textOf(event["result"]);
  const usage = usageOf(event["usage"]);
  const cost = countOf(event["total_cost_usd"]);
  const ending = endingOf(event, words);
  return {
    ending,
    // The event has the sum of the whole run; after a stream that broke it has been seen to be zero.
    usage: {
      input_tokens: larger(usage.input_tokens, told.usage.input_tokens),
      output_tokens: larger(usage.output_tokens, told.usage.output_tokens),
      cost_usd: cost,
    },
    sessionId: textOf(event["session_id"]) || told.sessionId,
    turns: countOf(event["num_turns"]) ?? told.turns,
    ...(words !== "" && { answer: words }),
    shown: ending.ok ? [] : [toolFailed(ending.trouble.message)],
  };
}

const larger = (a: number | null, b: number | null): number | null => (a === null ? b : Math.max(a, b ?? 0));

function endingOf(event: Event, words: string): Ending {
  const kind = textOf(event["subtype"]);
  // qwen 0.15.10 reports an error of the provider as a success whose answer is the error.
  const isError = event["is_error"] === true || /\[API Error: [^\n]*\]$/.test(words.trim());
  if (kind === "success" && !isError) return { ok: true };
  const errors = listOf(event["errors"]).map((each) => (typeof each === "string" ? each : JSON.stringify(each)));
  const said = [words, textOf(fieldsOf(event["error"])["message"]), ...errors].filter((text) => text !== "").join("; ");
  const message = kind === "success" ? said || "it reported an error" : [kind, said].filter(Boolean).join(": ");
  return { ok: false, trouble: { message, kind, status: statusOf(event["api_error_status"]) } };
}

function usageOf(value: unknown): Usage {
  const usage = fieldsOf(value);
  // What came from or went to the cache is counted apart; all of it was read. qwen includes it: its total says so.
  const cached = sumOf(countOf(usage["cache_creation_input_tokens"]), countOf(usage["cache_read_input_tokens"]));
  const included = countOf(usage["total_tokens"]) !== null;
  return {
    input_tokens: sumOf(countOf(usage["input_tokens"]), included ? null : cached),
    output_tokens: countOf(usage["output_tokens"]),
    cost_usd: null,
  };
}
