import mobiledocRenderer from "mobiledoc-dom-renderer";
import simpleDom from "simple-dom";

const Renderer = mobiledocRenderer.default;
const serializer = new simpleDom.HTMLSerializer(simpleDom.voidMap);

/**
 * Renders a Mobiledoc with mobiledoc-dom-renderer. Returns its top-level elements in order, `[{tag, html, text}]`;
 * `h2` elements also carry `id`. `imageUrl(src)` gives the address an image card shows.
 */
export function renderMobiledoc(mobiledoc, imageUrl) {
  const dom = new simpleDom.Document();
  const renderer = new Renderer({ dom, cards: [imageCard(imageUrl), callToActionCard] });
  const { result } = renderer.render(mobiledoc);
  const slugs = new Set();
  const elements = [];
  for (let node = result.firstChild; node; node = node.nextSibling) {
    const text = textOf(node);
    const tag = node.nodeName.toLowerCase();
    const id = tag === "h2" ? uniqueSlug(text, slugs) : undefined;
    if (id) node.setAttribute("id", id);
    if (tag === "ul" && everyItemStartsBold(node)) node.setAttribute("class", "cards");
    elements.push({ tag, text, html: serializer.serialize(node), ...(id && { id }) });
  }
  return elements;
}

function imageCard(imageUrl) {
  return {
    name: "image",
    type: "dom",
    render({ env: { dom }, payload: { src, alt, caption } }) {
      const figure = element(dom, "figure", { class: "image" });
      figure.appendChild(element(dom, "img", { src: imageUrl(src), alt }));
      if (caption) figure.appendChild(element(dom, "figcaption", {}, caption));
      return figure;
    },
  };
}

const callToActionCard = {
  name: "call_to_action",
  type: "dom",
  render({ env: { dom }, payload: { heading, text, label, href } }) {
    const aside = element(dom, "aside", { class: "call-to-action", "aria-label": heading ?? label });
    const words = element(dom, "div", {});
    if (heading) words.appendChild(element(dom, "p", { class: "heading" }, heading));
    words.appendChild(element(dom, "p", {}, text));
    aside.appendChild(words);
    aside.appendChild(element(dom, "a", { class: "button", href }, label));
    return aside;
  },
};

function element(dom, tag, attributes, text) {
  const made = dom.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.appendChild(dom.createTextNode(text));
  return made;
}

/** A list whose items each open with a bold word reads as a set of cards. */
function everyItemStartsBold(list) {
  for (let item = list.firstChild; item; item = item.nextSibling) {
    if (item.firstChild?.nodeName.toLowerCase() !== "strong") return false;
  }
  return true;
}

function textOf(node) {
  if (node.nodeType === 3) return node.nodeValue;
  let text = "";
  for (let child = node.firstChild; child; child = child.nextSibling) text += textOf(child);
  return text;
}

function uniqueSlug(text, taken) {
  const base =
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .replace(/^-|-$/g, "") || "section";
  let slug = base;
  for (let count = 2; taken.has(slug); count++) slug = `${base}-${count}`;
  taken.add(slug);
  return slug;
}
