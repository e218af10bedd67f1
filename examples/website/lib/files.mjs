import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";

const root = path.resolve(process.env.MJAGENT_WORKDIR || ".");

/** The absolute path of `file` inside the project. Throws when it points outside. */
export function inProject(file) {
  const absolute = path.resolve(root, file);
  if (!absolute.startsWith(root + path.sep)) throw new Error(`${file}: outside the project; use a path inside it`);
  return absolute;
}

/** True when the project holds `file`; false also for a path outside it. */
export function hasFile(file) {
  return path.resolve(root, file).startsWith(root + path.sep) && existsSync(path.resolve(root, file));
}

/** The text of a project file. Throws a one-line error that says what the file was needed for. */
export function readText(file, purpose) {
  try {
    return readFileSync(inProject(file), "utf8");
  } catch (error) {
    if (error.code === "ENOENT") throw new Error(`${file}: no such file; it should hold ${purpose}`);
    throw error;
  }
}

/** The bytes of a project file. */
export function readBytes(file) {
  return readFileSync(inProject(file));
}

/** Writes a project file in one step, so a reader sees the old text or the new, never half of it. */
export function writeText(file, text) {
  const target = inProject(file);
  mkdirSync(path.dirname(target), { recursive: true });
  const draft = `${target}.${process.pid}.tmp`;
  writeFileSync(draft, text);
  renameSync(draft, target);
}
