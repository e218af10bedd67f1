// Alice, the publisher: renders the Mobiledoc into public/<page>/index.html and lets nothing out that fails a check.
import { paletteContrast } from "../lib/colour.mjs";
import { readText, writeText } from "../lib/files.mjs";
import { imageDataUrl } from "../lib/images.mjs";
import { mobiledocProblems } from "../lib/mobiledoc-check.mjs";
import { linksOf, pageProblems } from "../lib/page-check.mjs";
import { readPageSpec } from "../lib/page-spec.mjs";
import { pageHtml } from "../lib/page.mjs";
import { renderMobiledoc } from "../lib/render.mjs";
import { handedOver, runStep } from "../lib/step.mjs";

/** WCAG 2.2 AA for text. */
const minimumContrast = 4.5;

await runStep((doc) => {
  const page = handedOver(doc, "page");
  const file = handedOver(doc, "mobiledoc") ?? (page && `pages/${page}/${page}.mobiledoc.json`);
  const spec = handedOver(doc, "spec") ?? (page && `pages/${page}/PAGE_SPEC.md`);
  if (!file || !spec) throw new Error('nothing to publish: name the page in the payload, {"page": "about"}');

  console.log(`Reading ${file} and the palette in ${spec}`);
  const mobiledoc = readMobiledoc(file);
  const { meta } = readPageSpec(readText(spec, "the page spec Debbie writes"), spec);
  const contrast = checkContrast(meta.palette, spec);
  const html = pageHtml(meta, renderMobiledoc(mobiledoc, imageDataUrl));
  refuse(pageProblems(html), file);
  const links = linksOf(html);
  const external = links.filter((href) => !href.startsWith("#"));
  console.log(
    `Checked headings, landmarks, text alternatives and ${links.length - external.length} links within the page`,
  );
  if (external.length > 0) console.log(`Left for a person to check: ${external.join(", ")}`);

  const target = `public/${meta.page}/index.html`;
  writeText(target, html);
  console.log(`Wrote ${target}, ${Math.ceil(Buffer.byteLength(html) / 1024)} KiB, nothing to fetch`);
  return {
    summary: `Published the ${meta.page} page: ${target}, lowest contrast ${contrast.toFixed(1)}:1`,
    data: {
      step: "publish",
      page: meta.page,
      title: meta.title,
      html: target,
      lowest_contrast: contrast,
      external_links: external,
    },
    artifacts: [target],
  };
});

function readMobiledoc(file) {
  let mobiledoc;
  try {
    mobiledoc = JSON.parse(readText(file, "the Mobiledoc that Doc Brown writes"));
  } catch (error) {
    throw error instanceof SyntaxError ? new Error(`${file}: not JSON: ${error.message}`) : error;
  }
  refuse(mobiledocProblems(mobiledoc), file);
  return mobiledoc;
}

/** Returns the lowest contrast of the palette, to one decimal. */
function checkContrast(palette, spec) {
  const pairs = paletteContrast(palette).map(({ pair, ratio }) => ({ pair, ratio: Math.floor(ratio * 10) / 10 }));
  const weak = pairs.filter(({ ratio }) => ratio < minimumContrast);
  refuse(
    weak.map(
      ({ pair, ratio }) =>
        `${pair} has contrast ${ratio}:1, readable text needs ${minimumContrast}:1: change one of the two`,
    ),
    spec,
  );
  const lowest = Math.min(...pairs.map(({ ratio }) => ratio));
  console.log(`Contrast: ${pairs.length} pairs of the palette checked, lowest ${lowest}:1`);
  return lowest;
}

function refuse(problems, file) {
  if (problems.length > 0) throw new Error(problems.map((problem) => `${file}: ${problem}`).join("\n"));
}
