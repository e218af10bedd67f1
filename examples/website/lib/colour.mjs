/** The colours a palette names, in the order they are written. */
export const paletteNames = ["background", "surface", "text", "muted", "accent"];

/** True for `#rrggbb`. */
export function isHexColour(value) {
  return typeof value === "string" && /^#[0-9a-f]{6}$/i.test(value);
}

/** WCAG 2 relative luminance of `#rrggbb` (https://www.w3.org/TR/WCAG22/#dfn-relative-luminance). */
function luminance(hex) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** WCAG 2 contrast ratio of two `#rrggbb` colours, 1 to 21. */
export function contrastRatio(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/**
 * The contrast of every pair the page sets text in, `[{pair: "muted on surface", ratio}]`.
 * Bands and buttons use the same pairs the other way round, which has the same ratio.
 */
export function paletteContrast(palette) {
  return ["text", "muted", "accent"].flatMap((ink) =>
    ["background", "surface"].map((paper) => ({
      pair: `${ink} on ${paper}`,
      ratio: contrastRatio(palette[ink], palette[paper]),
    })),
  );
}
