/** The version of the format written here: https://github.com/bustle/mobiledoc-kit/blob/master/MOBILEDOC.md */
export const mobiledocVersion = "0.3.2";

const markupSection = 1;
const listSection = 3;
const cardSection = 10;
const textMarker = 0;

/** Builds a Mobiledoc 0.3.2 document from the blocks of `parseCopy`. */
export function buildMobiledoc(blocks) {
  const markups = [];
  const cards = [];
  const sections = blocks.map((block) => {
    switch (block.type) {
      case "heading":
        return [markupSection, `h${block.level}`, markers(block.content, markups)];
      case "paragraph":
        return [markupSection, "p", markers(block.content, markups)];
      case "quote":
        return [markupSection, "blockquote", markers(block.content, markups)];
      case "list":
        return [listSection, block.ordered ? "ol" : "ul", block.items.map((item) => markers(item, markups))];
      default:
        return [cardSection, cards.push([block.name, block.payload]) - 1];
    }
  });
  return { version: mobiledocVersion, atoms: [], cards, markups, sections };
}

/**
 * Flattens a tree of marked text into markers `[type, opened markup indexes, number closed, text]`.
 * A markup is opened by its first text and closed by its last.
 */
function markers(content, markups) {
  const out = [];
  let opening = [];
  const walk = (nodes) => {
    for (const node of nodes) {
      if (typeof node === "string") {
        out.push([textMarker, opening, 0, node]);
        opening = [];
      } else {
        opening.push(markupIndex(node, markups));
        walk(node.content);
        out.at(-1)[2] += 1;
      }
    }
  };
  walk(content);
  return out;
}

/** Equal markups share one entry. */
function markupIndex({ tag, href }, markups) {
  const markup = href === undefined ? [tag] : [tag, ["href", href]];
  const known = markups.findIndex((other) => JSON.stringify(other) === JSON.stringify(markup));
  return known === -1 ? markups.push(markup) - 1 : known;
}
