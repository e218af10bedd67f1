/** What a reader, a search engine or a screen reader would stumble over in a finished page; empty when nothing. */
export function pageProblems(html) {
  const problems = [];
  const need = (found, message) => found || problems.push(message);
  const elements = elementsOf(html);
  const all = (tag) => elements.filter((element) => element.tag === tag);
  const meta = (name) => all("meta").find(({ attributes }) => attributes.name === name)?.attributes.content;
  const levels = elements.filter(({ tag }) => /^h[1-6]$/.test(tag)).map(({ tag }) => Number(tag[1]));
  const ids = elements.map(({ attributes }) => attributes.id).filter((id) => id !== undefined);

  need(all("html")[0]?.attributes.lang, "the page does not say its language");
  need(/<title>[^<]+<\/title>/.test(html), "the page has no title");
  need(meta("description"), "the page has no description");
  need(meta("viewport"), "the page does not fit itself to small screens");
  for (const landmark of ["header", "nav", "main", "footer"])
    need(all(landmark).length === 1, `one ${landmark}, please`);
  need(levels.filter((level) => level === 1).length === 1, "a page has exactly one first-level heading");
  levels.forEach((level, at) => need(level <= (levels[at - 1] ?? 0) + 1, `heading ${at + 1} jumps to level ${level}`));
  need(new Set(ids).size === ids.length, "two elements share an id");
  for (const { attributes } of all("img")) need(attributes.alt !== undefined, "an image has no text alternative");
  for (const href of linksOf(html)) {
    if (href.startsWith("#")) need(ids.includes(href.slice(1)), `the link ${href} leads nowhere on this page`);
  }
  for (const { tag, attributes } of elements) {
    const fetched = tag === "link" ? attributes.href : attributes.src;
    need(
      tag !== "script" && (fetched ?? "data:").startsWith("data:"),
      `<${tag}> loads something the page does not hold`,
    );
  }
  return problems;
}

/** The address of every link of a page, in order. */
export function linksOf(html) {
  return elementsOf(html).flatMap(({ tag, attributes }) => (tag === "a" ? [attributes.href] : []));
}

/** Enough of an HTML reader for what this project writes: lower-case tags, values in double quotes, text escaped. */
function elementsOf(html) {
  return [...html.matchAll(/<([a-z][a-z0-9]*)((?: [a-z-]+(?:="[^"]*")?)*)>/g)].map(([, tag, rest]) => ({
    tag,
    attributes: Object.fromEntries(
      [...rest.matchAll(/ ([a-z-]+)(?:="([^"]*)")?/g)].map(([, name, value = ""]) => [name, unescape(value)]),
    ),
  }));
}

function unescape(text) {
  return text
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, "&");
}
