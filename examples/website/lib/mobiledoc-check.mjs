import { cardProblem, hrefProblem } from "./cards.mjs";
import { mobiledocVersion } from "./mobiledoc.mjs";

const markupTags = ["a", "b", "code", "em", "i", "s", "strong", "sub", "sup", "u"];
const sectionTags = ["p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pull-quote", "aside"];

/** Everything that makes `doc` no valid Mobiledoc 0.3.2 page, as sentences with a path; empty when it is valid. */
export function mobiledocProblems(doc) {
  const problems = [];
  if (doc?.version !== mobiledocVersion) problems.push(`version must be "${mobiledocVersion}"`);
  for (const key of ["atoms", "cards", "markups", "sections"]) {
    if (!Array.isArray(doc?.[key])) problems.push(`${key} must be an array`);
  }
  if (problems.length > 0) return problems;
  const report = (path, message) => problems.push(`${path}: ${message}`);
  doc.markups.forEach((markup, at) => checkMarkup(markup, `markups[${at}]`, report));
  doc.atoms.forEach((atom, at) => checkAtom(atom, `atoms[${at}]`, report));
  doc.cards.forEach((card, at) => checkCard(card, `cards[${at}]`, report));
  doc.sections.forEach((section, at) => checkSection(section, `sections[${at}]`, doc, report));
  return problems;
}

function checkMarkup(markup, path, report) {
  const [tag, attributes = []] = Array.isArray(markup) ? markup : [];
  if (!markupTags.includes(tag)) return report(path, `unknown markup ${JSON.stringify(tag)}`);
  if (
    !Array.isArray(attributes) ||
    attributes.length % 2 !== 0 ||
    attributes.some((part) => typeof part !== "string")
  ) {
    return report(path, "attributes must be a flat array of names and values");
  }
  if (tag !== "a") return;
  const href = attributes[attributes.indexOf("href") + 1];
  if (!attributes.includes("href")) report(path, "a link needs an href");
  else if (hrefProblem(href)) report(path, hrefProblem(href));
}

function checkAtom(atom, path, report) {
  const [name, text] = Array.isArray(atom) ? atom : [];
  if (typeof name !== "string" || typeof text !== "string") report(path, "an atom is [name, text, payload]");
}

function checkCard(card, path, report) {
  if (!Array.isArray(card) || typeof card[0] !== "string") return report(path, "a card is [name, payload]");
  const problem = cardProblem(card[0], card[1]);
  if (problem) report(path, problem);
}

function checkSection(section, path, doc, report) {
  const [type, second, third] = Array.isArray(section) ? section : [];
  if (type === 1) {
    if (!sectionTags.includes(second)) report(path, `unknown section tag ${JSON.stringify(second)}`);
    checkMarkers(third, path, doc, report);
  } else if (type === 2) {
    if (typeof second !== "string") report(path, "an image section is [2, src]");
  } else if (type === 3) {
    if (!["ul", "ol"].includes(second)) report(path, `unknown list tag ${JSON.stringify(second)}`);
    if (!Array.isArray(third)) return report(path, "a list section is [3, tag, items]");
    third.forEach((item, at) => checkMarkers(item, `${path} item ${at}`, doc, report));
  } else if (type === 10) {
    if (!doc.cards[second]) report(path, `there is no card ${second}`);
  } else report(path, `unknown section type ${JSON.stringify(type)}`);
}

function checkMarkers(markers, path, doc, report) {
  if (!Array.isArray(markers)) return report(path, "markers must be an array");
  let open = 0;
  markers.forEach((marker, at) => {
    const here = `${path} marker ${at}`;
    const [type, opened, closed, value] = Array.isArray(marker) ? marker : [];
    if (!Array.isArray(opened) || !Number.isInteger(closed) || closed < 0) {
      return report(here, "a marker is [type, opened markups, closed count, value]");
    }
    if (type === 0 && typeof value !== "string") report(here, "a text marker holds text");
    else if (type === 1 && !doc.atoms[value]) report(here, `there is no atom ${value}`);
    else if (type !== 0 && type !== 1) report(here, `unknown marker type ${JSON.stringify(type)}`);
    for (const index of opened) if (!doc.markups[index]) report(here, `there is no markup ${index}`);
    open += opened.length - closed;
    if (open < 0) report(here, "closes more markups than are open");
  });
  if (open > 0) report(path, `leaves ${open} markup${open === 1 ? "" : "s"} open`);
}
