import {
  countOf,
  type Dialect,
  type Event,
  fieldsOf,
  type Fold,
  linesOf,
  listOf,
  textOf,
  type Told,
  toolCall,
  toolFailed,
} from "./dialect.js";

/** `goose run --output-format stream-json`: messages, `error`, and `complete` at the end. From its documentation. */
export const gooseDialect: Dialect = {
  fold(told, event) {
    switch (event["type"]) {
      case "message":
        return message(told, fieldsOf(event["message"]));
      case "error": {
        const said = textOf(event["error"]) || textOf(event["message"]) || "it reported an error";
        return { ending: { ok: false, trouble: { message: said } }, shown: [toolFailed(said)] };
      }
      case "complete": {
        const input_tokens = countOf(event["input_tokens"]);
        const output_tokens = countOf(event["output_tokens"]);
        const usage = { input_tokens, output_tokens, cost_usd: countOf(event["cost_usd"]) };
        return { usage, ending: told.ending ?? { ok: true } };
      }
      default:
        return {};
    }
  },
};

/** The same message may come in several events, each with more of it: told apart by its id, where it has one. */
function message(told: Told, { id, role, content }: Event): Fold {
  const parts = listOf(content).map(fieldsOf);
  if (role !== "assistant") return { shown: parts.flatMap(failedResult) };
  const tools = parts.filter((part) => part["type"] === "toolRequest");
  const words = parts.map((part) => (part["type"] === "text" ? textOf(part["text"]) : "")).join("");
  const again = textOf(id) !== "" && textOf(id) === told.seen.message;
  return {
    turns: told.turns + (again ? 0 : 1),
    steps: told.steps + tools.length,
    seen: { ...told.seen, message: textOf(id) },
    ...(words !== "" && { answer: again ? told.answer + words : words }),
    shown: [...linesOf(words), ...tools.map(callText)],
  };
}

function callText(part: Event): string {
  const call = fieldsOf(fieldsOf(part["toolCall"])["value"]);
  return toolCall(textOf(call["name"]), call["arguments"]);
}

function failedResult(part: Event): string[] {
  const outcome = fieldsOf(part["toolResult"]);
  return outcome["status"] === "error" ? [toolFailed(textOf(outcome["error"]))] : [];
}
