import {
  countOf,
  type Dialect,
  type Event,
  fieldsOf,
  isEvent,
  type Fold,
  linesOf,
  statusOf,
  textOf,
  type Told,
  toolCall,
  toolFailed,
} from "./dialect.js";

/** `gemini -o stream-json`: the answer comes in pieces, after the last tool. Seen of gemini 0.61.0. */
export const geminiDialect: Dialect = {
  fold(told, event) {
    switch (event["type"]) {
      case "init":
        return { sessionId: textOf(event["session_id"]) || null, model: textOf(event["model"]) || null };
      case "message":
        return event["role"] === "assistant" ? message(told, event) : {};
      case "tool_use": {
        const call = toolCall(textOf(event["tool_name"]), event["parameters"]);
        const spoken = said(told);
        // Several tools may belong to one turn of the model.
        const turns = told.turns + (told.seen.message === "tool" ? 0 : 1);
        return {
          ...{ turns, partial: "", answer: "", steps: told.steps + 1, retries: 0 },
          ...{ seen: { ...told.seen, message: "tool" }, shown: [...spoken, call] },
        };
      }
      case "tool_result": {
        const failed = event["status"] === "error";
        const why = textOf(fieldsOf(event["error"])["message"]) || textOf(event["output"]);
        return { seen: { ...told.seen, message: "" }, shown: failed ? [toolFailed(why)] : [] };
      }
      case "error":
        return { trouble: troubleOf(event), shown: [toolFailed(textOf(event["message"]))] };
      case "result":
        return result(told, event);
      default:
        return {};
    }
  },
};

/** Whole lines are shown as they come. */
function message(told: Told, event: Event): Fold {
  const piece = textOf(event["content"]);
  const text = event["delta"] === true ? told.partial + piece : `${told.partial}${piece}\n`;
  const end = text.lastIndexOf("\n") + 1;
  const first = told.answer === "" && told.partial === "";
  return {
    answer: told.answer + piece,
    partial: text.slice(end),
    turns: told.turns + (first ? 1 : 0),
    retries: 0,
    seen: { ...told.seen, message: "words" },
    shown: end === 0 ? [] : text.slice(0, end - 1).split("\n"),
  };
}

const said = ({ partial }: Told): string[] => linesOf(partial);

function result(told: Told, event: Event): Fold {
  const stats = fieldsOf(event["stats"]);
  const tokens = { input_tokens: countOf(stats["input_tokens"]), output_tokens: countOf(stats["output_tokens"]) };
  const usage = { ...tokens, cost_usd: null };
  if (event["status"] === "success") return { ending: { ok: true }, usage, partial: "", shown: said(told) };
  // Of an empty answer it says only before that there was none.
  const trouble = isEvent(event["error"]) ? troubleOf(event["error"]) : (told.trouble ?? troubleOf({}));
  return { ending: { ok: false, trouble }, usage, partial: "", shown: [...said(told), toolFailed(trouble.message)] };
}

function troubleOf(error: Event) {
  const message = textOf(error["message"]) || "it reported an error";
  return { message, kind: textOf(error["type"]), status: statusOf(/"code":\s*(\d{3})\b/.exec(message)?.[1]) };
}
