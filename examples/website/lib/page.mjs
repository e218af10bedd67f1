import { styles } from "./styles.mjs";

/** Text as it may stand in HTML, also inside an attribute in double quotes. */
export function escapeHtml(text) {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

/** The whole page: one HTML file with its styles inside and nothing to fetch. `elements` is from `renderMobiledoc`. */
export function pageHtml(meta, elements) {
  const { hero, sections } = group(elements);
  const title = elements.find(({ tag }) => tag === "h1")?.text ?? meta.title;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(`${title} · ${meta.site}`)}</title>
<meta name="description" content="${escapeHtml(meta.description)}">
<meta name="theme-color" content="${meta.palette.background}">
<link rel="icon" href="data:,">
<style>
${styles(meta.palette)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header class="masthead wrap">
<p class="wordmark">${escapeHtml(meta.site)}</p>
<nav aria-label="On this page">
<ul>
${sections.map(({ id, text }) => `<li><a href="#${id}">${escapeHtml(text)}</a></li>`).join("\n")}
</ul>
</nav>
</header>
<main id="main" tabindex="-1">
${heroHtml(hero)}
${sections.map(sectionHtml).join("\n")}
</main>
<footer class="colophon">
<div class="wrap">
<p>${escapeHtml(meta.footer ?? meta.site)}</p>
<p><a href="#main">Back to the top</a></p>
</div>
</footer>
</body>
</html>
`;
}

/** Splits the flat list at its h2 headings; what stands before the first one is the hero. */
function group(elements) {
  const hero = [];
  const sections = [];
  for (const element of elements) {
    if (element.tag === "h2") sections.push({ id: element.id, text: element.text, heading: element.html, parts: [] });
    else (sections.at(-1)?.parts ?? hero).push(element);
  }
  return { hero, sections };
}

function heroHtml(parts) {
  const isFigure = ({ tag }) => tag === "figure";
  const words = parts.filter((part) => !isFigure(part));
  const pictures = parts.filter(isFigure);
  return `<div class="hero wrap">
<div class="words">
${lines(words)}
</div>
${lines(pictures)}
</div>`;
}

/** Copy stands in the column beside the heading; quotes and calls to action take the full width below it. */
function sectionHtml({ id, heading, parts }) {
  const copy = [];
  const wide = [];
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at];
    if (part.tag === "blockquote") {
      const source = parts[at + 1]?.text.startsWith("— ") ? parts[++at] : undefined;
      wide.push(wrapped(quoteHtml(part, source), "band"));
    } else if (part.tag === "aside") wide.push(wrapped(part.html));
    else copy.push(part);
  }
  return `<section aria-labelledby="${id}">
<div class="columns wrap">
${heading}
<div class="copy">
${lines(copy)}
</div>
</div>
${wide.join("\n")}
</section>`;
}

function wrapped(html, band) {
  const inner = `<div class="wrap">\n${html}\n</div>`;
  return band ? `<div class="${band}">\n${inner}\n</div>` : inner;
}

function quoteHtml(quote, source) {
  const caption = source && source.html.replace(/^<p>— /, "\n<figcaption>").replace(/<\/p>$/, "</figcaption>");
  return `<figure class="quote">\n${quote.html}${caption ?? ""}\n</figure>`;
}

function lines(parts) {
  return parts.map(({ html }) => html).join("\n");
}
