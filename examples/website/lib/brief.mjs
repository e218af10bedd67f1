import { LineCounter, parseDocument } from "yaml";
import { checkMap, checkText, readBody } from "./brief-checks.mjs";
import { cards, hrefProblem } from "./cards.mjs";
import { isHexColour, paletteNames } from "./colour.mjs";

const fields = {
  page: { kind: "text", example: "about" },
  site: { kind: "text", example: "Netloft Bindery" },
  title: { kind: "text", example: "What the page says first" },
  description: { kind: "text", example: "One sentence for search results" },
  palette: { kind: "map", example: '{ background: "#ffffff", … }' },
  intro: { kind: "text", example: "One or two sentences under the title" },
  image: { kind: "map", optional: true },
  sections: { kind: "list", example: "[{ heading: …, body: … }]" },
  footer: { kind: "text", optional: true },
};

const sectionFields = {
  heading: { kind: "text", example: "What we do" },
  body: { kind: "text", example: "| …" },
  image: { kind: "map", optional: true },
  call_to_action: { kind: "map", optional: true },
};

/**
 * Reads a site brief. Returns `{brief, problems}`; each problem is one line, `file:line:column: what: how to mend it`,
 * and the brief is only worth using when there are none. `hasImage(src)` says whether an image exists.
 */
export function readBrief(text, file, hasImage) {
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problems = [];
  const report = (offset, message) => {
    const { line, col } = lines.linePos(offset);
    problems.push({ line, col, text: `${file}:${line}:${col}: ${message}` });
  };
  for (const error of doc.errors) report(error.pos[0], `not valid YAML: ${error.message}`);
  if (doc.errors.length === 0) checkBrief({ doc, text, report, reportAt: reporterAt(file, problems), lines, hasImage });
  problems.sort((a, b) => a.line - b.line || a.col - b.col);
  return { brief: problems.length === 0 ? doc.toJS() : undefined, problems: problems.map((problem) => problem.text) };
}

function reporterAt(file, problems) {
  return (line, col, message) => problems.push({ line, col, text: `${file}:${line}:${col}: ${message}` });
}

function checkBrief(context) {
  const brief = checkMap(context, context.doc.contents, "the brief", fields);
  checkText(context, brief.page, (value) =>
    /^[a-z0-9]+(-[a-z0-9]+)*$/.test(value) ? undefined : `page "${value}" names a folder: use a-z, 0-9 and -`,
  );
  checkText(context, brief.description, (value) =>
    value.length <= 160
      ? undefined
      : `description has ${value.length} characters: keep it to 160, search results cut it there`,
  );
  readBody(context, brief.intro, "intro");
  readBody(context, brief.footer, "footer");
  if (brief.palette) checkPalette(context, brief.palette);
  if (brief.image) checkCard(context, brief.image, "the image", "image");
  if (!brief.sections) return;
  if (brief.sections.items.length === 0)
    context.report(brief.sections.range[0], 'sections is empty: add "- heading: …"');
  brief.sections.items.forEach((item, index) => checkSection(context, item, `section ${index + 1}`));
}

function checkPalette(context, node) {
  const colours = Object.fromEntries(paletteNames.map((name) => [name, { kind: "text", example: '"#1c2b33"' }]));
  for (const colour of Object.values(checkMap(context, node, "the palette", colours))) {
    checkText(context, colour, (value) =>
      isHexColour(value) ? undefined : `unknown colour "${value}": write it as six hex digits, like "#1c2b33"`,
    );
  }
}

function checkSection(context, node, where) {
  const section = checkMap(context, node, where, sectionFields);
  readBody(context, section.body, where);
  if (section.image) checkCard(context, section.image, `the image of ${where}`, "image");
  if (section.call_to_action)
    checkCard(context, section.call_to_action, `the call to action of ${where}`, "call_to_action");
}

function checkCard(context, node, where, name) {
  const shape = Object.entries(cards[name]).map(([key, required]) => [
    key,
    { kind: "text", optional: !required, example: "…" },
  ]);
  const card = checkMap(context, node, where, Object.fromEntries(shape));
  checkText(context, card.href, hrefProblem);
  checkText(context, card.src, (src) =>
    context.hasImage(src) ? undefined : `there is no image "${src}" in the project`,
  );
}
