import { hrefProblem } from "./cards.mjs";

const marks = new RegExp(
  [
    String.raw`\\(?<escaped>[\\*\[\]\x60])`,
    String.raw`\x60(?<code>[^\x60]+)\x60`,
    String.raw`\*\*(?=\S)(?<strong>.+?)(?<=\S)\*\*(?!\*)`,
    String.raw`\*(?=[^\s*])(?<em>.+?)(?<=\S)\*(?!\*)`,
    String.raw`\[(?<label>[^\]]+)\]\((?<href>[^()\s]+)\)`,
  ].join("|"),
);

/**
 * Parses `**bold**`, `*emphasis*`, `[links](…)`, code in backticks and `\*` escapes.
 * Returns `{content, problem}`: a tree whose leaves are strings and whose nodes are `{tag, href?, content}`;
 * `problem` names the first link that may not be used, if any. What is not a mark stays as text.
 */
export function parseInline(text) {
  const problems = [];
  const content = parse(text.replace(/\s+/g, " ").trim(), problems);
  return { content, problem: problems[0] };
}

function parse(text, problems) {
  const content = [];
  for (let rest = text; rest !== "";) {
    const match = marks.exec(rest);
    if (!match) {
      addText(content, rest);
      break;
    }
    addText(content, rest.slice(0, match.index));
    rest = rest.slice(match.index + match[0].length);
    const { escaped, code, strong, em, label, href } = match.groups;
    if (escaped !== undefined) addText(content, escaped);
    else if (code !== undefined) content.push({ tag: "code", content: [code] });
    else if (strong !== undefined) content.push({ tag: "strong", content: parse(strong, problems) });
    else if (em !== undefined) content.push({ tag: "em", content: parse(em, problems) });
    else {
      const problem = hrefProblem(href);
      if (problem) problems.push(problem);
      content.push({ tag: "a", href, content: parse(label, problems) });
    }
  }
  return content;
}

function addText(content, text) {
  if (text === "") return;
  if (typeof content.at(-1) === "string") content.push(content.pop() + text);
  else content.push(text);
}
