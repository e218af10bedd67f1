import {
  countOf,
  type Dialect,
  type Event,
  fieldsOf,
  type Fold,
  linesOf,
  plus,
  statusOf,
  sumOf,
  textOf,
  type Told,
  toolCall,
  toolFailed,
  type Trouble,
} from "./dialect.js";

/**
 * `opencode run --format json`: parts of messages, and no event at the end; it is done when the last step ends with
 * "stop". Seen of opencode 1.18.33.
 */
export const opencodeDialect: Dialect = {
  fold(told, event) {
    const part = fieldsOf(event["part"]);
    const session = { sessionId: textOf(event["sessionID"]) || told.sessionId };
    const busy = { seen: { ...told.seen, busy: true } };
    switch (event["type"]) {
      case "step_start": {
        // A step that begins without the last one having ended is that one, tried again.
        const again = told.seen.message === "step";
        const turns = told.turns + (again ? 0 : 1);
        const trouble = again ? { message: "the provider's answer broke off (network error)" } : told.trouble;
        const seen = { ...told.seen, message: "step", busy: false };
        return { ...session, turns, trouble, retries: again ? told.retries + 1 : 0, ending: null, seen };
      }
      case "text": {
        const words = textOf(part["text"]);
        return words.trim() === "" ? session : { ...session, ...busy, answer: words, shown: linesOf(words) };
      }
      case "tool_use":
        return { ...session, ...busy, steps: told.steps + 1, shown: toolUse(part) };
      case "step_finish":
        return { ...session, ...stepFinish(told, part) };
      case "error": {
        const trouble = troubleOf(fieldsOf(event["error"]));
        return { ...session, ending: { ok: false, trouble }, shown: [toolFailed(trouble.message)] };
      }
      default:
        return {};
    }
  },
};

function toolUse(part: Event): string[] {
  const state = fieldsOf(part["state"]);
  const call = toolCall(textOf(part["tool"]), state["input"]);
  return state["status"] === "error" ? [call, toolFailed(textOf(state["error"]))] : [call];
}

function stepFinish(told: Told, part: Event): Fold {
  const reason = textOf(part["reason"]);
  const tokens = fieldsOf(part["tokens"]);
  const cache = fieldsOf(tokens["cache"]);
  const usage = plus(told.usage, {
    input_tokens: sumOf(countOf(tokens["input"]), countOf(cache["read"]), countOf(cache["write"])),
    output_tokens: sumOf(countOf(tokens["output"]), countOf(tokens["reasoning"])),
    cost_usd: countOf(part["cost"]),
  });
  const emptyTurns = told.seen.busy ? 0 : told.emptyTurns + 1;
  // "tool-calls": another step follows.
  const stopped = reason === "stop" && told.seen.busy;
  return { usage, emptyTurns, seen: { ...told.seen, message: "" }, ...(stopped && { ending: { ok: true } }) };
}

function troubleOf(error: Event): Trouble {
  const data = fieldsOf(error["data"]);
  const seconds = Number(textOf(fieldsOf(data["responseHeaders"])["retry-after"]) || Number.NaN);
  return {
    message: textOf(data["message"]) || textOf(error["name"]) || "it reported an error",
    kind: textOf(error["name"]),
    status: statusOf(data["statusCode"]),
    retryAfterMs: Number.isFinite(seconds) ? seconds * 1_000 : undefined,
  };
}
