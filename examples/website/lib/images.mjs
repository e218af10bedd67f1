import path from "node:path";
import { hasFile, readBytes } from "./files.mjs";

const types = { ".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp" };

/** A project image as a data URL, so that the page is one file with nothing to fetch. */
export function imageDataUrl(src) {
  const type = types[path.extname(src).toLowerCase()];
  if (!type) throw new Error(`${src}: not an image type a page may hold: use ${Object.keys(types).join(", ")}`);
  if (!hasFile(src)) throw new Error(`${src}: there is no such image in the project`);
  return `data:${type};base64,${readBytes(src).toString("base64")}`;
}
