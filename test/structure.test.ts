import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { FAILURE_REASONS } from "../src/domain/reasons.js";

const SRC = join(import.meta.dirname, "../src");

const files = readdirSync(SRC, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(SRC, join(entry.parentPath, entry.name)).split(sep).join("/"))
  .sort();
const sources = files.filter((file) => /\.tsx?$/.test(file));
const text = (file: string): string => readFileSync(join(SRC, file), "utf8");

/** What a file imports, also by `export … from`, `import()` and types only. */
function importsOf(file: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const from =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
          ? node.arguments[0]
          : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
            ? node.argument.literal
            : undefined;
    if (from && ts.isStringLiteralLike(from)) found.push(from.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text(file), ts.ScriptTarget.Latest));
  return found;
}

/** The folder of `src/` a file is in; "" for those directly in it. */
const folderOf = (file: string): string => (file.includes("/") ? file.slice(0, file.indexOf("/")) : "");

interface Import {
  file: string;
  folder: string;
  /** As written. */
  specifier: string;
  /** The folder of ours it leads to; null when it leads out of `src/`. */
  to: string | null;
}

const imports: Import[] = sources.flatMap((file) =>
  importsOf(file).map((specifier) => {
    const target = specifier.startsWith(".") ? relative(SRC, resolve(SRC, dirname(file), specifier)) : null;
    return {
      file,
      folder: folderOf(file),
      specifier,
      to: target === null ? null : folderOf(target.split(sep).join("/")),
    };
  }),
);

/**
 * What each folder may import from others of ours (DESIGN §9): `cli server … → operations, worker, dispatcher → …`.
 * Within the middle row too it goes one way: a launcher takes part in the election.
 */
const MAY: Record<string, readonly string[]> = {
  domain: [],
  nats: ["domain", ""],
  executors: ["domain", ""],
  worker: ["domain", "nats", "executors", "dispatcher", ""],
  dispatcher: ["domain", "nats", "executors", ""],
  operations: ["domain", "nats", "executors", "worker", "dispatcher", ""],
  // It runs in browsers: what it has of ours is pure.
  dashboard: ["domain"],
};
/** Edges: they import anything below, and never one another; but the command line starts the server. */
const EDGES = ["cli", "sdk", "server", "mcp", "matrix"];
const BELOW = [...Object.keys(MAY).filter((folder) => folder !== "dashboard"), ""];

const told = (wrong: Import[]): string[] => wrong.map(({ file, specifier }) => `${file} imports ${specifier}`);

describe("imports run one way", () => {
  it("there are sources, and imports were read from them", () => {
    expect(sources.length).toBeGreaterThan(40);
    expect(imports.length).toBeGreaterThan(200);
  });

  it("every folder has its place in the order", () => {
    const folders = new Set(sources.map(folderOf).filter((folder) => folder !== ""));
    expect([...folders].filter((folder) => !(folder in MAY) && !EDGES.includes(folder))).toEqual([]);
  });

  it.each(Object.entries(MAY))("src/%s/ imports of ours, besides itself, only %j", (folder, may) => {
    const wrong = imports.filter((i) => i.folder === folder && i.to !== null && i.to !== folder && !may.includes(i.to));
    expect(told(wrong)).toEqual([]);
  });

  it.each(EDGES)("src/%s/ imports no other edge", (edge) => {
    const may = edge === "cli" ? [...BELOW, edge, "server"] : [...BELOW, edge];
    const wrong = imports.filter((i) => i.folder === edge && i.to !== null && !may.includes(i.to));
    expect(told(wrong)).toEqual([]);
  });

  it("src/*.ts imports nothing above nats, except index.ts, which is the door", () => {
    const wrong = imports.filter(
      (i) => i.folder === "" && i.file !== "index.ts" && i.to !== null && !["", "domain", "nats"].includes(i.to),
    );
    expect(told(wrong)).toEqual([]);
  });

  it("no import leads out of src/", () => {
    const wrong = imports.filter(
      (i) => i.specifier.startsWith(".") && !resolve(SRC, dirname(i.file), i.specifier).startsWith(SRC + sep),
    );
    expect(told(wrong)).toEqual([]);
  });

  it("the domain imports zod, picomatch and node:crypto, nothing else", () => {
    const allowed = ["zod", "picomatch", "node:crypto"];
    const wrong = imports.filter((i) => i.folder === "domain" && i.to === null && !allowed.includes(i.specifier));
    expect(told(wrong)).toEqual([]);
  });

  it("only src/nats/ imports the NATS client", () => {
    const isClient = (specifier: string): boolean => /^(nats|@nats-io)(\/|$)/.test(specifier);
    expect(told(imports.filter((i) => i.folder !== "nats" && isClient(i.specifier)))).toEqual([]);
    expect(imports.some((i) => isClient(i.specifier))).toBe(true);
  });

  it("no files import one another in a circle", () => {
    const graph = new Map(sources.map((file) => [file, runtimeImports(file)]));
    const done = new Set<string>();
    const visit = (file: string, path: string[]): void => {
      if (path.includes(file)) throw new Error([...path.slice(path.indexOf(file)), file].join(" → "));
      if (done.has(file)) return;
      for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of graph.keys()) visit(file, []);
  });
});

/** Files of `src/` that a file needs when it runs: not those it takes only types from. */
function runtimeImports(file: string): string[] {
  const source = ts.createSourceFile(file, text(file), ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement): string[] => {
    if (!ts.isImportDeclaration(statement) || statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword)
      return [];
    const from = statement.moduleSpecifier;
    if (!ts.isStringLiteral(from) || !from.text.startsWith(".")) return [];
    return [
      relative(SRC, resolve(SRC, dirname(file), from.text))
        .split(sep)
        .join("/")
        .replace(/\.js$/, ".ts"),
    ].map((path) => (sources.includes(path) ? path : `${path}x`));
  });
}

describe("files tell one story", () => {
  it("none is named after nothing in particular", () => {
    const bag = /^(utils?|helpers?|managers?|commons?|misc|shared|lib)$/i;
    const named = files.filter((file) =>
      file.split("/").some((part) => part.split(/[.-]/).some((word) => bag.test(word))),
    );
    expect(named).toEqual([]);
  });

  /** Longer than that is a smell: to be split, or to have a reason that is worth being written here. */
  it("none is longer than 250 lines", () => {
    const linesOf = (file: string): number => text(file).trimEnd().split("\n").length;
    const long = sources.filter((file) => linesOf(file) > 250);
    expect(long.map((file) => `${file}: ${linesOf(file)} lines`)).toEqual([]);
  });
});

describe("every failure reason", () => {
  const elsewhere = sources
    .filter((file) => file !== "domain/reasons.ts")
    .map(text)
    .join("\n");
  it.each(Object.keys(FAILURE_REASONS))("%s is produced somewhere", (reason) => {
    expect(elsewhere).toContain(`"${reason}"`);
  });
});
