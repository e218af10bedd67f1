import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WATCHABLE, type Match } from "../../src/domain/role.js";
import { matches, type Routable, route } from "../../src/domain/route.js";
import type { Json } from "../../src/domain/json-value.js";
import { role } from "./records.js";

const task = (over: Partial<Routable>): Routable => ({
  title: "A task",
  description: null,
  type: null,
  phase: null,
  tags: [],
  files: [],
  payload: null,
  ...over,
});
const match = (over: Partial<Match>): Match => role("r", over).match;

describe("types are equal, whatever their case", () => {
  it.each([
    [["design"], "design", true],
    [["design"], "DESIGN", true],
    [["Design"], "design", true],
    [["code", "design"], "design", true],
    [["design"], "redesign", false],
    [["design"], "designs", false],
    [["design"], "", false],
    [["design"], null, false],
    [[], "design", false],
  ])("%j for the type %j → %s", (types, type, fits) => {
    expect(matches(task({ type }), match({ types }))).toBe(fits);
  });
});

describe("phases contain the word", () => {
  it.each([
    [["design"], "3.0.3 design", true],
    [["design"], "3.0.3 Design review", true],
    [["DESIGN"], "redesigning", true],
    [["publish"], "3.0.3 design", false],
    [["publish", "design"], "3.0.3 design", true],
    [["design"], null, false],
    [["design"], "", false],
  ])("%j in the phase %j → %s", (phases, phase, fits) => {
    expect(matches(task({ phase }), match({ phases }))).toBe(fits);
  });
});

describe("keywords are whole words", () => {
  it.each([
    ["PAGE_SPEC", "Convert PAGE_SPEC to Mobiledoc", true],
    ["PAGE_SPEC", "convert page_spec", true],
    ["PAGE_SPEC", "Convert PAGE_SPEC.md", true],
    ["PAGE_SPEC", "docs/PAGE_SPEC.md", true],
    ["PAGE_SPEC", "PAGE_SPEC", true],
    ["PAGE_SPEC", "(PAGE_SPEC)", true],
    ["PAGE_SPEC", "a-PAGE_SPEC-b", true],
    ["PAGE_SPEC", "MY_PAGE_SPEC", false],
    ["PAGE_SPEC", "PAGE_SPECS", false],
    ["PAGE_SPEC", "PAGE_SPEC2", false],
    ["PAGE_SPEC", "PAGE_SPEC_2", false],
    ["PAGE_SPEC", "PAGE SPEC", false],
    ["PAGE_SPEC", "MY_PAGE_SPEC or PAGE_SPEC", true],
    // Letters and digits of any script touch a word.
    ["cafe", "décafe", false],
    ["cafe", "éCAFE", false],
    ["cafe", "cafeé", false],
    ["cafe", "中cafe", false],
    ["cafe", "cafe٣", false],
    ["cafe", "«cafe»", true],
    ["cafe", "cafe—bar", true],
    ["cafe", "☕cafe☕", true],
    ["café", "Le CAFÉ ouvre", true],
    ["日本", "日本語", false],
    ["日本", "(日本)", true],
    // A keyword is text, never a pattern.
    ["c++", "a c++ file", true],
    ["c++", "a ccc file", false],
    [".*", "anything", false],
    [".*", "glob .* here", true],
    ["a|b", "a", false],
    ["a|b", "a|b", true],
    ["(x)", "f (x) y", true],
    ["[a-z]", "q", false],
    ["$5", "costs $5 now", true],
    ["^x", "x", false],
    ["\\d", "5", false],
    ["\\d", "the \\d class", true],
    ["{{title}}", "use {{title}} here", true],
    ["style guide", "the Style Guide says", true],
  ])("%j in the title %j → %s", (keyword, title, fits) => {
    expect(matches(task({ title }), match({ keywords: [keyword] }))).toBe(fits);
  });

  it.each<[string, Partial<Routable>, boolean]>([
    ["the description", { description: "see PAGE_SPEC.md" }, true],
    ["a text payload", { payload: "PAGE_SPEC" }, true],
    ["a nested payload", { payload: { a: [{ b: "the PAGE_SPEC file" }] } }, true],
    ["a key of the payload", { payload: { PAGE_SPEC: 1 } }, true],
    ["a payload, after a line break", { payload: { note: "read:\nPAGE_SPEC" } }, true],
    ["a payload, after a tab", { payload: ["read\tPAGE_SPEC"] }, true],
    ["a payload, after a quote", { payload: { note: 'the "PAGE_SPEC"' } }, true],
    ["a payload, after a control character", { payload: ["\u0001PAGE_SPEC\u001f"] }, true],
    ["a longer word of the payload", { payload: { note: "MY_PAGE_SPEC" } }, false],
    ["nothing", {}, false],
    ["the type only", { type: "PAGE_SPEC" }, false],
    ["the tags only", { tags: ["PAGE_SPEC"] }, false],
    ["two values, one word only when put together", { payload: ["PAGE_", "SPEC"] }, false],
  ])("found in %s: %j → %s", (_, over, fits) => {
    expect(matches(task(over), match({ keywords: ["PAGE_SPEC"] }))).toBe(fits);
  });

  it.each([["null"], ["undefined"], ["object"], ["0"]])("a task without payload does not mention %s", (keyword) => {
    expect(matches(task({}), match({ keywords: [keyword] }))).toBe(false);
    expect(matches(task({ payload: [{}, null, [""]] }), match({ keywords: [keyword] }))).toBe(false);
  });

  it.each<[Json, string]>([
    [{ n: 42 }, "42"],
    [[true], "true"],
    [7, "7"],
  ])("numbers and truths of the payload %j are read: %s", (payload, keyword) => {
    expect(matches(task({ payload }), match({ keywords: [keyword] }))).toBe(true);
  });
});

it.each([
  [["urgent"], ["urgent"], true],
  [["Urgent"], ["uRGENT"], true],
  [["a", "b"], ["c", "b"], true],
  [["a"], ["ab"], false],
  [["a"], [], false],
  [[], ["a"], false],
])("tags %j for %j → %s", (wanted, tags, fits) => {
  expect(matches(task({ tags }), match({ tags: wanted }))).toBe(fits);
});

it.each([
  [["content/**"], ["content/a/b.md"], true],
  [["content/*"], ["content/a/b.md"], false],
  [["*.css"], ["main.css"], true],
  [["**/*.css"], ["a/b/main.css"], true],
  [["*.{css,scss}"], ["a.scss"], true],
  [["*.md", "*.css"], ["x.js", "y.css"], true],
  [["*.css"], ["main.css.bak"], false],
  [["*.css"], [], false],
  [[], ["main.css"], false],
])("file globs %j for %j → %s", (globs, files, fits) => {
  expect(matches(task({ files }), match({ files: globs }))).toBe(fits);
});

describe("route", () => {
  const roles = [
    role("debbie", { types: ["design"], phases: ["design"] }),
    role("doc-brown", { types: ["mobiledoc_conversion"], keywords: ["PAGE_SPEC"] }),
    role("alice", { types: ["publishing"], phases: ["publish"] }),
    role("morgan", { types: ["design"] }, ["completed"]),
    role("idle", {}),
  ];
  it.each<[Partial<Routable>, string[]]>([
    [{ type: "design" }, ["debbie"]],
    [{ phase: "3.1 Design" }, ["debbie"]],
    [{ type: "mobiledoc_conversion" }, ["doc-brown"]],
    [{ title: "Convert docs/PAGE_SPEC.md" }, ["doc-brown"]],
    [{ type: "design", description: "uses PAGE_SPEC" }, ["debbie", "doc-brown"]],
    [
      { type: "publishing", phase: "design and publish", payload: { spec: "PAGE_SPEC" } },
      ["debbie", "doc-brown", "alice"],
    ],
    [{ type: "unheard_of" }, []],
    [{}, []],
  ])("%j → %j", (over, names) => {
    expect(route(task(over), roles)).toEqual(names);
  });

  it.each(WATCHABLE.map((event) => [event]))("a role that watches %s claims nothing", (event) => {
    expect(route(task({ type: "design" }), [role("w", { types: ["design"] }, [event])])).toEqual([]);
  });

  it("no roles, no route", () => {
    expect(route(task({ type: "design" }), [])).toEqual([]);
  });

  it("takes any task and any keyword, and an added role never takes a route away", () => {
    const words = fc.array(fc.string({ minLength: 1 }), { maxLength: 3 });
    const some = fc.record({ types: words, phases: words, keywords: words, tags: words });
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.jsonValue(), words, some, some, (title, payload, tags, one, two) => {
        const given = task({ title, payload: payload as Json, tags, type: tags[0] ?? null });
        const alone = route(given, [role("one", one)]);
        expect(route(given, [role("one", one), role("two", two)])).toEqual(expect.arrayContaining(alone));
      }),
    );
  });

  it("finds any keyword in a title made of it and spaces", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (keyword) => {
        expect(matches(task({ title: `x ${keyword} y` }), match({ keywords: [keyword] }))).toBe(true);
      }),
    );
  });
});
