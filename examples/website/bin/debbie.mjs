// Debbie, the designer: turns a client's brief into pages/<page>/PAGE_SPEC.md.
import { readBrief } from "../lib/brief.mjs";
import { hasFile, readText, writeText } from "../lib/files.mjs";
import { writePageSpec } from "../lib/page-spec.mjs";
import { handedOver, runStep } from "../lib/step.mjs";

await runStep((doc) => {
  const file = handedOver(doc, "brief") ?? "brief.yaml";
  if (doc.task?.title) console.log(`Task: ${doc.task.title}`);
  console.log(`Reading the brief, ${file}`);
  const { brief, problems } = readBrief(readText(file, "the client's brief"), file, hasFile);
  if (!brief) throw new Error(inReadingOrder(problems));

  const spec = `pages/${brief.page}/PAGE_SPEC.md`;
  const text = writePageSpec(brief);
  writeText(spec, text);
  const words = text.split(/\s+/).length;
  console.log(`Wrote ${spec}: ${brief.sections.length} sections, ${words} words`);
  return {
    summary: `Designed the ${brief.page} page: ${brief.sections.length} sections in ${spec}`,
    data: { step: "design", page: brief.page, title: brief.title, spec, sections: brief.sections.length },
    artifacts: [spec],
  };
});

/** The last line on stderr becomes the task's error, so the first problem is said last. */
function inReadingOrder([first, ...others]) {
  if (others.length === 0) return first;
  return [...others, `${first} (and ${others.length} more above)`].join("\n");
}
