import { countOf, type Dialect, fieldsOf, linesOf, statusOf, textOf, toolCall, toolFailed } from "./dialect.js";

/** `copilot --output-format json`: events with their fields in `data`, and a `result`. Seen of copilot 1.0.102. */
export const copilotDialect: Dialect = {
  fold(told, event) {
    const data = fieldsOf(event["data"]);
    switch (event["type"]) {
      case "assistant.turn_start":
        return { turns: told.turns + 1 };
      case "assistant.turn_retry":
        return { retries: told.retries + 1 };
      case "assistant.message": {
        const words = textOf(data["content"]);
        const model = textOf(data["model"]) || told.model;
        return { model, retries: 0, ...(words !== "" && { answer: words }), shown: linesOf(words) };
      }
      case "tool.execution_start":
        return { steps: told.steps + 1, shown: [toolCall(textOf(data["toolName"]), data["arguments"])] };
      case "tool.execution_complete":
        return { shown: data["success"] === false ? [toolFailed(textOf(fieldsOf(data["error"])["message"]))] : [] };
      case "model.call_failure": {
        const status = statusOf(data["statusCode"]);
        const message =
          textOf(data["errorMessage"]) || `a request failed${status === undefined ? "" : ` (status ${status})`}`;
        return { trouble: { message, status } };
      }
      case "session.error": {
        const message = textOf(data["message"]) || "it reported an error";
        const trouble = { message, kind: textOf(data["errorType"]), status: statusOf(data["statusCode"]) };
        return { trouble, shown: [toolFailed(message)] };
      }
      case "result": {
        const code = countOf(event["exitCode"]);
        const trouble = told.trouble ?? { message: `it reported exit code ${code ?? "unknown"}` };
        return {
          sessionId: textOf(event["sessionId"]) || told.sessionId,
          ending: code === 0 ? { ok: true } : { ok: false, trouble },
        };
      }
      default:
        return {};
    }
  },
};
