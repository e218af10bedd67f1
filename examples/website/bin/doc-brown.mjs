// Doc Brown, the converter: turns PAGE_SPEC.md into Mobiledoc 0.3.2.
import path from "node:path";
import { readText, writeText } from "../lib/files.mjs";
import { mobiledocProblems } from "../lib/mobiledoc-check.mjs";
import { buildMobiledoc, mobiledocVersion } from "../lib/mobiledoc.mjs";
import { readPageSpec } from "../lib/page-spec.mjs";
import { handedOver, runStep } from "../lib/step.mjs";

await runStep((doc) => {
  const page = handedOver(doc, "page");
  const spec = handedOver(doc, "spec") ?? (page && `pages/${page}/PAGE_SPEC.md`);
  if (!spec)
    throw new Error('nothing to convert: name it in the payload, {"page": "about"} or {"spec": "pages/about/…"}');

  console.log(`Reading ${spec}`);
  const { meta, blocks } = readPageSpec(readText(spec, "the page spec Debbie writes"), spec);
  const mobiledoc = buildMobiledoc(blocks);
  const problems = mobiledocProblems(mobiledoc);
  if (problems.length > 0) throw new Error(`not valid Mobiledoc ${mobiledocVersion}:\n${problems.join("\n")}`);

  const counts = {
    sections: mobiledoc.sections.length,
    markups: mobiledoc.markups.length,
    cards: mobiledoc.cards.length,
  };
  console.log(
    `Valid Mobiledoc ${mobiledocVersion}: ${Object.entries(counts)
      .map(([what, n]) => `${n} ${what}`)
      .join(", ")}`,
  );
  const file = path.posix.join(path.posix.dirname(spec), `${meta.page}.mobiledoc.json`);
  writeText(file, `${JSON.stringify(mobiledoc, null, 2)}\n`);
  console.log(`Wrote ${file}`);
  return {
    summary: `Converted the ${meta.page} page to Mobiledoc ${mobiledocVersion}: ${counts.sections} sections in ${file}`,
    data: { step: "convert", page: meta.page, title: meta.title, spec, mobiledoc: file, counts },
    artifacts: [file],
  };
});
