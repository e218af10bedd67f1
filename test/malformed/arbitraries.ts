import fc from "fast-check";

/** Every generated case of these tests comes from this seed, so a failure is the same on every machine. */
export const SEED = 20_261_120;

/** Text that names, subjects, templates, terminals and parsers stumble over. */
const TRAPS = [
  ...["", " ", "\0", "\n", "\t", "\r\n", "\ud800", "x\udfff", "\ufeff", "\u202e", "\u001b[2J", "😀"],
  ...["*", ">", "a.b", "a b", ".", "..", "../../etc/passwd", "/dev/zero", "-rf", "--", "$(id)", "{{task.title}}"],
  ...["__proto__", "constructor", "toString", "null", "NaN", "\r\nPUB mjwork.errors 2\r\nhi\r\n"],
  ...["x".repeat(129), "x".repeat(1_001), "é".repeat(5_000)],
];

export const oddText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...TRAPS) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 12 }) },
);

const ODD_NUMBERS = [0, -0, -1, 0.5, 5e-324, -1e308, 1e308, 2 ** 31, 2 ** 53, -(2 ** 63), 1e21];
export const oddNumber: fc.Arbitrary<number> = fc.oneof(fc.constantFrom(...ODD_NUMBERS), fc.integer());

const oddScalar = fc.oneof(oddText, oddNumber, fc.boolean(), fc.constant(null));
const oddKey = fc.oneof(fc.constantFrom("__proto__", "constructor", "hasOwnProperty", "task_id", "title"), oddText);

/** Anything JSON can say. */
export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 2, arbitrary: oddScalar },
  { weight: 1, arbitrary: fc.array(oddScalar, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.dictionary(oddKey, oddScalar, { maxKeys: 3 }) },
  { weight: 1, arbitrary: fc.dictionary(oddKey, fc.array(oddScalar, { maxLength: 2 }), { maxKeys: 2 }) },
);

/** Values of another type than a text. */
export const notText = oddValue.filter((value) => typeof value !== "string" && value !== null);

/** JSON nested this deep, without ever building the value. */
export const nested = (levels: number, kind: "list" | "mapping" = "list"): string =>
  kind === "list" ? "[".repeat(levels) + "]".repeat(levels) : '{"a":'.repeat(levels) + "0" + "}".repeat(levels);

export const depth: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom(201, 2_000, 20_000, 100_000), fc.constantFrom("list" as const, "mapping" as const))
  .map(([levels, kind]) => nested(levels, kind));

/** What no reader of JSON may take for JSON, made of a document that is. */
export const notJson = (document: fc.Arbitrary<object>): fc.Arbitrary<Buffer> =>
  fc
    .tuple(
      document.map((value) => JSON.stringify(value)),
      fc.nat(),
      fc.nat(10),
    )
    .map(([text, at, how]) => {
      const bytes = Buffer.from(text);
      const inside = 1 + (at % Math.max(1, bytes.length - 1));
      switch (how) {
        case 0:
          return bytes.subarray(0, inside); // cut short
        case 1:
          return Buffer.concat([Buffer.from([0xff, 0xfe]), bytes]);
        case 2:
          return Buffer.concat([Buffer.from([0]), bytes]);
        case 3:
          return Buffer.concat([bytes, bytes]); // two documents
        case 4:
          return Buffer.from(text.replace("{", "{,"));
        case 5:
          return Buffer.from(text.replaceAll('"', "'"));
        case 6:
          return Buffer.from(`// a comment\n${text}`);
        case 7:
          return Buffer.concat([bytes.subarray(0, inside), Buffer.from([0xc3, 0x28, 0x80]), Buffer.from("\n\0")]);
        case 8:
          return Buffer.from(text, "utf16le");
        case 9:
          return Buffer.from("[".repeat(1 + (at % 50_000)));
        default:
          return Buffer.alloc(at % 20, 0x20);
      }
    });

/** JSON, text and bytes of any kind: what nobody agreed on. */
export const rubbish: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 3, arbitrary: oddValue.map((value) => Buffer.from(JSON.stringify(value))) },
  { weight: 2, arbitrary: notJson(fc.constant({ task_id: "t", title: "T" })) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: depth.map((text) => Buffer.from(text)) },
);

/** A good document with some of its fields made odd or taken out. */
export function spoiled(good: Readonly<Record<string, unknown>>): fc.Arbitrary<Record<string, unknown>> {
  const keys = Object.keys(good);
  return fc
    .tuple(
      fc.subarray(keys, { minLength: 1, maxLength: Math.min(3, keys.length) }),
      fc.infiniteStream(fc.option(oddValue, { nil: undefined })),
    )
    .map(([chosen, values]) => {
      const document = { ...good };
      for (const key of chosen) document[key] = values.next().value;
      return document;
    });
}

/** The generated cases of one kind: always the same ones. */
export const cases = <T>(arbitrary: fc.Arbitrary<T>, count: number): T[] =>
  fc.sample(arbitrary, { numRuns: count, seed: SEED });
