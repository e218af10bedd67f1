/**
 * Ticks the item that carries `<!-- key -->`. Returns `{text, item, change}`: the new text, the item's words and
 * `"ticked"`, `"already ticked"` or, when no item carries the marker, `"not on the roadmap"`.
 */
export function tick(text, key) {
  const marker = `<!-- ${key} -->`;
  const lines = text.split("\n");
  const at = lines.findIndex((line) => line.trimEnd().endsWith(marker));
  const match = /^(\s*[-*] )\[([ xX])\] (.*)$/.exec(lines[at] ?? "");
  if (!match) return { text, item: null, change: "not on the roadmap" };
  const [, bullet, mark, rest] = match;
  const item = rest.replace(marker, "").trim();
  if (mark !== " ") return { text, item, change: "already ticked" };
  lines[at] = `${bullet}[x] ${rest}`;
  return { text: lines.join("\n"), item, change: "ticked" };
}
