import {
  brief,
  countOf,
  type Dialect,
  type Event,
  fieldsOf,
  type Fold,
  linesOf,
  listOf,
  statusOf,
  textOf,
  type Told,
  toolCall,
  toolFailed,
} from "./dialect.js";

/** `codex exec --json`: a thread, one turn of it, and items. Seen of codex-cli 0.169.0. */
export const codexDialect: Dialect = {
  fold(told, event) {
    switch (event["type"]) {
      case "thread.started":
        return { sessionId: textOf(event["thread_id"]) || told.sessionId };
      case "item.started":
        return { shown: started(fieldsOf(event["item"])) };
      case "item.completed":
        return completed(told, fieldsOf(event["item"]));
      case "error":
        return errorSaid(told, textOf(event["message"]));
      case "turn.completed": {
        const usage = fieldsOf(event["usage"]);
        const tokens = { input_tokens: countOf(usage["input_tokens"]), output_tokens: countOf(usage["output_tokens"]) };
        return { ending: { ok: true }, usage: { ...tokens, cost_usd: null } };
      }
      case "turn.failed": {
        const message = textOf(fieldsOf(event["error"])["message"]);
        return { ending: { ok: false, trouble: troubleOf(message) }, shown: [toolFailed(message)] };
      }
      default:
        return {};
    }
  },
};

/** Nothing but `turn.failed` ends it: `error` comes at every reconnect, too. */
function errorSaid(told: Told, message: string): Fold {
  const isRetry = /^Reconnecting/.test(message);
  return {
    trouble: troubleOf(message),
    retries: isRetry ? told.retries + 1 : told.retries,
    shown: [toolFailed(message)],
  };
}

function troubleOf(message: string) {
  const status = /\bstatus:? (\d{3})\b/.exec(message)?.[1];
  return { message, status: statusOf(status) };
}

/** What takes time is shown when it begins. */
function started(item: Event): string[] {
  switch (item["type"]) {
    case "command_execution":
      return [`→ $ ${brief(textOf(item["command"]))}`];
    case "mcp_tool_call":
      return [toolCall(`${textOf(item["server"])}.${textOf(item["tool"])}`, item["arguments"])];
    default:
      return [];
  }
}

/** Codex does not tell the model's turns apart: each message and each tool call counts as one. */
function completed(told: Told, item: Event): Fold {
  const turn = { turns: told.turns + 1, retries: 0 };
  const step = { ...turn, steps: told.steps + 1 };
  switch (item["type"]) {
    case "agent_message": {
      const words = textOf(item["text"]);
      return { ...turn, answer: words, shown: linesOf(words) };
    }
    case "command_execution": {
      const code = countOf(item["exit_code"]);
      const last = linesOf(textOf(item["aggregated_output"])).at(-1) ?? "";
      return { ...step, shown: code === 0 ? [] : [toolFailed(`exit code ${code ?? "unknown"} ${last}`)] };
    }
    case "file_change":
      return { ...step, shown: listOf(item["changes"]).map((change) => `→ ${changeText(fieldsOf(change))}`) };
    case "mcp_tool_call":
      return { ...step, shown: item["status"] === "failed" ? [toolFailed(JSON.stringify(item["error"] ?? ""))] : [] };
    case "web_search":
      return { ...step, shown: [toolCall("search", item)] };
    case "error":
      return { shown: [toolFailed(textOf(item["message"]))] };
    default:
      return {};
  }
}

const changeText = (change: Event): string => `${textOf(change["kind"]) || "change"} ${textOf(change["path"])}`;
