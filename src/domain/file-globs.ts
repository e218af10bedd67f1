import picomatch from "picomatch";

/** Globs against the paths of a folder's files. */
export interface FileGlobs {
  fits: (path: string) => boolean;
  /** Whether files below this folder can fit: what cannot hold any need not be looked through. */
  mayHold: (folder: string) => boolean;
}

/** `**` does not look into these; a glob that names one does. */
const isSkipped = (part: string): boolean => part.startsWith(".") || part === "node_modules";

/** Globs as those of `match.files`. */
export function fileGlobs(globs: readonly string[]): FileGlobs {
  const fits = picomatch([...globs]);
  const folders = globs.map(folderTest);
  return {
    fits: (path) => fits(path),
    mayHold: (folder) => folders.some((mayHold) => mayHold(folder.split("/"))),
  };
}

function folderTest(glob: string): (parts: readonly string[]) => boolean {
  // A brace or a parenthesis can hold a slash: then any folder may.
  const wanted = (/[{(!]/.test(glob) ? "**" : glob.replace(/^(?:\.\/)+/, "")).split("/");
  const open = wanted.findIndex((part) => part.includes("**"));
  const fixed = open < 0 ? wanted.slice(0, -1) : wanted.slice(0, open);
  const tests = fixed.map((part) => picomatch(part, { dot: part.startsWith(".") }));
  return (parts) =>
    parts.every((part, index) => {
      const test = tests[index];
      return test ? test(part) : open >= 0 && !isSkipped(part);
    });
}
