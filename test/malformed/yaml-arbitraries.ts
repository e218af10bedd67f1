import fc from "fast-check";
import { stringify } from "yaml";
import { nested, oddText, oddValue, spoiled } from "./arbitraries.js";

/** YAML that other readers have fallen over: bombs, cycles, tags, keys that are no text, other versions of YAML. */
const TRAPS = [
  ...["", "\ufeff", "#", "---", "...", "--- |", "%YAML 1.1\n---", "%YAML 9.9\n---\na: 1", "%TAG ! tag:x,2000:\n---"],
  ...["*nope", "a: *nope", "a: &a [*a]", "&a [*a]", "a: &a {b: *a}", "a: &a\n  <<: *a", "- &a\n- *a", "&a &b c"],
  ...[
    "? [a, b]\n: c",
    "? {a: b}\n: c",
    "1: x",
    "null: x",
    "~: x",
    "true: x",
    ".nan: x",
    "? |\n  a\n  b\n: c",
    ": x",
    "?",
  ],
  ...["a: !!binary gICA", "a: !!js/function 'x'", "a: !foo bar", "a: !!set {a, b}", "a: !!omap [a: 1]", "!!int x"],
  ...["a: !!timestamp 2001-01-01", "a: 0o777", "a: 0x_F", "a: 1e999", "a: -.inf", "a: .nan", "a: 190:20:30", "a: '"],
  ...["\ta: 1", "a:\n\t- b", "a: b: c", "a: [b", "a: {b", "a: ]", "a: @b", "a: `b`", "a: %b", "a: 'b' c", "a: 1\na: 2"],
  ...[
    "__proto__: {a: 1}",
    "constructor: 1",
    "a: __proto__",
    "'': 1",
    "? ''\n: 1",
    '"\\0": 1',
    '"\\ud800": 1',
    '"\\x1b[2J": 1',
  ],
  ...[
    "a: 1\0",
    "\0",
    "a: 1\u0085b: 2",
    "a: 1\u2028b: 2",
    "a: |9\n  x",
    "a: >-\n x\n\ty",
    "a: !!str\n  b: c",
    "\ud800: 1",
  ],
  ...["name: x\n---\nname: y", "- a\n- b", "just text", "42", "null", "[]", "{}", "a: &x 1\nb: *x\n*x : 2"],
];

const bomb = (levels: number, width: number): string =>
  Array.from({ length: levels }, (_, n) => {
    const inner = n === 0 ? "lol" : `*a${n - 1}`;
    return `a${n}: &a${n} [${Array.from({ length: width }, () => inner).join(", ")}]`;
  }).join("\n");

/** Files that are large, deep, or grow when they are read. */
export const HUGE = [
  bomb(9, 9),
  bomb(30, 2),
  bomb(2, 200),
  ...[500, 5_000, 50_000].flatMap((n) => [
    nested(n),
    nested(n, "mapping"),
    `a: ${nested(n)}`,
    "- ".repeat(n),
    "a: &x ".repeat(n),
  ]),
  ...[1_000, 10_000].map((n) =>
    Array.from({ length: n }, (_, level) => `${" ".repeat(Math.min(level, 500))}k:`).join("\n"),
  ),
  `prompt: ${"x".repeat(400_000)}`,
  `${"k".repeat(400_000)}: 1`,
  `a: "${"\\x41".repeat(100_000)}"`,
  Array.from({ length: 20_000 }, (_, n) => `k${n}: ${n}`).join("\n"),
  "[".repeat(100_000),
  '"'.repeat(9_999),
  "&a ".repeat(5_000),
  "? ".repeat(20_000),
  "!".repeat(100_000),
];

const trap: fc.Arbitrary<string> = fc.constantFrom(...TRAPS);
/** A good file as somebody left it: a key spoiled, lines lost, doubled or indented by a tab, a byte too many. */
export function broken(good: object): fc.Arbitrary<Buffer> {
  const lines = stringify(good).split("\n");
  const text = fc.tuple(fc.nat(lines.length - 1), fc.nat(9), oddText, trap).map(([at, how, odd, trapped]) => {
    const line = lines[at] ?? "";
    const change = (...instead: string[]) => lines.toSpliced(at, 1, ...instead).join("\n");
    switch (how) {
      case 0:
        return change();
      case 1:
        return change(line, line);
      case 2:
        return change(`\t${line}`);
      case 3:
        return change(` ${line}`);
      case 4:
        return change(line.replace(":", ""));
      case 5:
        return change(`${line.split(":")[0] ?? ""}: ${odd}`);
      case 6:
        return change(`${odd}: 1`, line);
      case 7:
        return change(line, trapped);
      case 8:
        return change(`${line}${odd}`);
      default:
        return lines.slice(0, at).join("\n") + line.slice(0, line.length / 2);
    }
  });
  const bytes = fc.tuple(text, fc.nat(), fc.constantFrom([0xff], [0xc3, 0x28], [0], [0xed, 0xa0, 0x80], [0xfe, 0xff]));
  return fc.oneof(
    { weight: 5, arbitrary: text.map((made) => Buffer.from(made)) },
    {
      weight: 4,
      arbitrary: spoiled(Object.fromEntries(Object.entries(good))).map((value) => Buffer.from(stringify(value))),
    },
    {
      weight: 1,
      arbitrary: fc
        .dictionary(oddText, oddValue, { maxKeys: 3 })
        .map((more) => Buffer.from(stringify({ ...good, ...more }))),
    },
    { weight: 3, arbitrary: trap.map((made) => Buffer.from(made)) },
    { weight: 1, arbitrary: trap.map((made) => Buffer.from(`${stringify(good)}${made}\n`)) },
    { weight: 1, arbitrary: trap.map((made) => Buffer.from(`${made}\n${stringify(good)}`)) },
    { weight: 1, arbitrary: text.map((made) => Buffer.from(made, "utf16le")) },
    {
      weight: 2,
      arbitrary: bytes.map(([made, at, more]) => {
        const all = Buffer.from(made);
        const inside = at % (all.length + 1);
        return Buffer.concat([all.subarray(0, inside), Buffer.from(more), all.subarray(inside)]);
      }),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((made) => Buffer.from(made)) },
  );
}
