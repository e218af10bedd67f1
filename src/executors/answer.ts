import { isNestedWithin, type Json } from "../domain/json-value.js";

/**
 * The JSON object an answer ends with, when the prompt asked for one (`{"summary": …, "data": …}` on the last line, in
 * a code fence or not). Undefined when it ends with anything else: then the words are all there is.
 */
export function closingObject(answer: string): object | undefined {
  const lines = answer.split("\n").filter((line) => line.trim() !== "" && !line.trim().startsWith("```"));
  const value = parsed(lines.at(-1) ?? "");
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
}

const FENCED = /```(?:json)?[ \t]*\r?\n([\s\S]*?)\r?\n[ \t]*```/g;

/** The JSON value of an answer that was asked for one: the last block, all of it, or its last line. */
export function answerValue(answer: string): Json | undefined {
  const blocks = [...answer.matchAll(FENCED)].map(([, block = ""]) => block);
  const candidates = [blocks.at(-1) ?? "", answer, answer.trimEnd().split("\n").at(-1) ?? ""];
  return candidates.map(parsed).find((value) => value !== undefined);
}

function parsed(text: string): Json | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isNestedWithin(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
