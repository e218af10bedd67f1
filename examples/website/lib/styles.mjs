import { contrastRatio } from "./colour.mjs";

/** The page's style sheet. Every colour comes from the palette, whose values are checked to be `#rrggbb`. */
export function styles({ background, surface, text, muted, accent }) {
  return `:root {
  color-scheme: only ${isLight(background) ? "light" : "dark"};
  --background: ${background};
  --surface: ${surface};
  --text: ${text};
  --muted: ${muted};
  --accent: ${accent};
  --line: color-mix(in srgb, var(--text) 18%, transparent);
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", P052, "Liberation Serif", Georgia, serif;
  --sans: "Avenir Next", Avenir, "Segoe UI", "Helvetica Neue", Helvetica, "Liberation Sans", Arial, sans-serif;
  --gap: clamp(1.5rem, 4vw, 4rem);
}
*, *::before, *::after { box-sizing: border-box; }
html { scroll-padding-top: 2rem; -webkit-text-size-adjust: 100%; }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
body {
  margin: 0;
  background: var(--background);
  color: var(--text);
  font: 400 1.1875rem/1.62 var(--serif);
  text-rendering: optimizeLegibility;
  -webkit-font-smoothing: antialiased;
  overflow-wrap: break-word;
}
h1, h2, h3, p, ul, ol, figure, blockquote { margin: 0; }
img { display: block; width: 100%; height: auto; }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 0.2em; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 3px solid currentColor; outline-offset: 4px; border-radius: 2px; }
main:focus { outline: none; }
code { font-size: 0.9em; }
.wrap { width: min(100% - 2 * clamp(1.375rem, 5vw, 4rem), 70rem); margin-inline: auto; }
.skip {
  position: absolute; left: 1rem; top: 1rem; z-index: 1; padding: 0.6rem 1rem;
  background: var(--text); color: var(--background); font: 600 0.9375rem/1.2 var(--sans);
  transform: translateY(-200%);
}
.skip:focus { transform: none; }

.masthead {
  display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 0.5rem 2rem;
  padding-block: clamp(1.25rem, 2.5vw, 2rem);
}
.wordmark { font-size: 1.375rem; letter-spacing: -0.01em; }
.masthead ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.625rem; padding: 0; list-style: none; }
.masthead a { display: inline-block; padding-block: 0.25rem; color: var(--muted); font: 500 0.9375rem/1.4 var(--sans); text-decoration: none; }
.masthead a:hover { color: var(--accent); text-decoration: underline; }

.hero {
  display: grid; grid-template-columns: minmax(0, 6fr) minmax(0, 5fr); gap: var(--gap); align-items: center;
  padding-block: clamp(1.5rem, 3.5vw, 3rem) clamp(3.5rem, 7vw, 6rem);
}
.hero > .words:only-child { grid-column: 1 / -1; max-width: 50rem; }
h1 {
  font-size: clamp(2.75rem, 1.4rem + 5.2vw, 5rem); font-weight: 400; line-height: 1.02; letter-spacing: -0.03em;
  text-wrap: balance;
}
.hero p { max-width: 34rem; margin-top: 1.75rem; color: var(--muted); font-size: clamp(1.1875rem, 1.05rem + 0.6vw, 1.4375rem); line-height: 1.5; text-wrap: pretty; }
.hero .image img { border-radius: 4px; }

section > .columns {
  display: grid; grid-template-columns: minmax(0, 4fr) minmax(0, 8fr); gap: 1.5rem var(--gap); align-items: baseline;
  padding-block: clamp(2.5rem, 5vw, 4.5rem); border-top: 1px solid var(--line);
}
section:has(.band) + section > .columns { border-top: 0; }
h2 { font-size: clamp(1.875rem, 1.4rem + 1.6vw, 2.625rem); font-weight: 400; line-height: 1.12; letter-spacing: -0.02em; text-wrap: balance; }
h3 { font-size: 1.375rem; font-weight: 600; line-height: 1.3; }
.copy > * + * { margin-top: 1.25em; }
.copy > p, .copy > ul:not(.cards) { max-width: 38rem; text-wrap: pretty; }
.copy > ul:not(.cards) { padding: 0; list-style: none; }
.copy > ul:not(.cards) li { padding-block: 0.7rem; border-bottom: 1px solid var(--line); }
.copy > ul:not(.cards) li:first-child { border-top: 1px solid var(--line); }

.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 16rem), 1fr)); gap: 1rem; padding: 0; list-style: none; }
.copy > p + .cards { margin-top: 2.25rem; }
.cards li { padding: 1.625rem 1.75rem 1.875rem; background: var(--surface); border-radius: 4px; color: var(--muted); font-size: 1.0625rem; line-height: 1.55; }
.cards strong:first-child, .copy > ol strong:first-child { display: block; margin-bottom: 0.35rem; color: var(--text); font-size: 1.375rem; font-weight: 400; line-height: 1.25; letter-spacing: -0.01em; }

.copy > ol { display: grid; gap: 2rem; padding: 0; list-style: none; counter-reset: step; }
.copy > ol li { position: relative; max-width: 38rem; padding-left: 4.25rem; color: var(--muted); counter-increment: step; }
.copy > ol li::before {
  content: counter(step); position: absolute; left: 0; top: -0.45rem; width: 3rem;
  color: var(--accent); font-size: 3rem; line-height: 1; font-variant-numeric: lining-nums;
}

figcaption { color: var(--muted); font: 400 0.9375rem/1.5 var(--sans); }
.image figcaption { margin-top: 0.875rem; }
.copy > * + .image { margin-top: 2.25rem; }
.copy .image img { border-radius: 4px; }
.band { margin-top: clamp(1rem, 2vw, 2rem); background: var(--accent); color: var(--background); }
.quote { max-width: 58rem; margin-inline: auto; padding-block: clamp(3.5rem, 7vw, 6rem); text-align: center; }
.quote blockquote { font-size: clamp(1.5rem, 1.1rem + 1.9vw, 2.375rem); font-style: italic; line-height: 1.28; letter-spacing: -0.01em; text-wrap: balance; }
.quote blockquote::before { content: "\\201C"; }
.quote blockquote::after { content: "\\201D"; }
.quote figcaption { margin-top: 1.5rem; color: inherit; }
.band a { color: inherit; }

.call-to-action {
  display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 1.75rem 3rem;
  padding: clamp(2rem, 5vw, 4rem); margin-bottom: clamp(3rem, 6vw, 5rem); border-radius: 4px;
  background: var(--text); color: var(--background);
}
.call-to-action > div { flex: 1 1 24rem; max-width: 36rem; }
.call-to-action .heading { margin-bottom: 0.75rem; font-size: clamp(1.75rem, 1.4rem + 1.4vw, 2.375rem); line-height: 1.15; letter-spacing: -0.02em; text-wrap: balance; }
.button {
  display: inline-block; padding: 0.95rem 1.75rem; border-radius: 4px; background: var(--background); color: var(--accent);
  font: 600 1.0625rem/1.3 var(--sans); text-align: center; text-decoration: none; transition: background-color 120ms;
}
.button:hover { background: var(--surface); text-decoration: underline; }
.call-to-action .button:focus-visible { outline-color: var(--background); }

.colophon { border-top: 1px solid var(--line); color: var(--muted); font: 400 0.9375rem/1.5 var(--sans); }
.colophon .wrap { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0.5rem 2rem; padding-block: 1.75rem 2.5rem; }
.colophon a { color: inherit; }

@media (max-width: 52rem) {
  body { font-size: 1.125rem; }
  .hero, section > .columns { grid-template-columns: minmax(0, 1fr); }
  .hero { padding-top: 1rem; gap: 2.25rem; }
  .masthead { display: block; }
  .masthead ul { display: grid; grid-template-columns: 1fr 1fr; gap: 0 1rem; margin-top: 0.75rem; padding-block: 0.5rem; border-block: 1px solid var(--line); }
  .masthead a { padding-block: 0.5rem; }
  .copy > ol li { padding-left: 3.25rem; }
  .copy > ol li::before { font-size: 2.5rem; top: -0.3rem; }
  .quote { text-align: left; }
  .call-to-action .button { width: 100%; }
}
@media print {
  .skip, nav, .button, .colophon a { display: none; }
  .call-to-action { background: none; color: inherit; padding-inline: 0; }
}
`;
}

function isLight(colour) {
  return contrastRatio(colour, "#000000") > contrastRatio(colour, "#ffffff");
}
