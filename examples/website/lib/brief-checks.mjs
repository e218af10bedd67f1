import { isAlias, isMap, isScalar, isSeq } from "yaml";
import { parseCopy } from "./copy.mjs";

const kinds = {
  text: { test: (node) => isScalar(node) && typeof node.value === "string" && node.value.trim() !== "", name: "text" },
  map: { test: isMap, name: "a group of fields" },
  list: { test: isSeq, name: "a list" },
};

function kindOf(node) {
  if (isMap(node)) return "a group of fields";
  if (isSeq(node)) return "a list";
  if (!isScalar(node) || node.value === null || node.value === "") return "empty";
  return typeof node.value === "string" ? "text" : `a ${typeof node.value}`;
}

/**
 * Checks a YAML map against `fields` (`{key: {kind, optional, example}}`), reports what is missing, unknown or of the
 * wrong kind, and returns the nodes of the fields that are right.
 */
export function checkMap({ doc, report }, node, where, fields) {
  if (!isMap(node)) {
    report(node?.range?.[0] ?? 0, `${where} is ${kindOf(node)}: it needs ${Object.keys(fields).join(", ")}`);
    return {};
  }
  const right = {};
  const unknown = [];
  const missing = new Set(Object.keys(fields).filter((name) => !fields[name].optional));
  for (const { key, value } of node.items) {
    const name = String(key.value);
    const found = isAlias(value) ? value.resolve(doc) : value;
    missing.delete(name);
    if (!Object.hasOwn(fields, name)) unknown.push(key);
    else if (kinds[fields[name].kind].test(found)) right[name] = found;
    else report(wrongAt(key, value), wrongKind(name, found, fields[name]));
  }
  reportNames(report, node, { where, fields, unknown, missing: [...missing] });
  return right;
}

/** One name too many and one too few is one mistake: a misspelt name. */
function reportNames(report, node, { where, fields, unknown, missing }) {
  const misspelt = unknown.length === 1 && missing.length === 1;
  const remedy = misspelt ? `did you mean "${missing[0]}"?` : `use ${Object.keys(fields).join(", ")}`;
  for (const key of unknown) report(key.range[0], `${where} has an unknown field "${key.value}": ${remedy}`);
  if (misspelt) return;
  for (const name of missing) report(node.range[0], `${where} has no ${name}: add "${name}: ${fields[name].example}"`);
}

/** An empty value has no place of its own worth pointing at, so its key is shown. */
function wrongAt(key, value) {
  return kindOf(value) === "empty" ? key.range[0] : value.range[0];
}

function wrongKind(name, node, { kind, example }) {
  const found = kindOf(node);
  if (kind === "text" && isScalar(node) && found !== "empty")
    return `${name} is ${found}: put it in quotes to make it text`;
  return `${name} is ${found}, it must be ${kinds[kind].name}: write "${name}: ${example ?? "…"}" or leave it out`;
}

/** Reports what `problemOf(value)` says about a text field that is there. */
export function checkText({ report }, node, problemOf) {
  const problem = node && problemOf(node.value);
  if (problem) report(node.range[0], problem);
}

/** Checks the copy in a text field: only blocks that may stand there, only links that may be followed. */
export function readBody(context, node, where) {
  if (!node) return;
  try {
    const heading = parseCopy(node.value).find((block) => block.type === "heading" && block.level !== 3);
    if (heading)
      fail(context, node, heading.line, `${where}: write "### ${heading.text}" for a heading inside the copy`);
  } catch (error) {
    fail(context, node, error.line, `${where}: ${error.message}`);
  }
}

/** A `|` block keeps its lines, so the mistake's own line is known; other texts are pointed at where they start. */
function fail({ lines, report, reportAt, text }, node, line, message) {
  if (node.type !== "BLOCK_LITERAL") return report(node.range[0], message);
  const number = lines.linePos(node.range[0]).line + 1 + line;
  const source = text.split("\n")[number - 1] ?? "";
  reportAt(number, source.search(/\S|$/) + 1, message);
}
