/** The part of JSON Schema that a form can be made from. */
export interface Schema {
  type?: string | readonly string[];
  enum?: readonly string[];
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  items?: Schema;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  description?: string;
  $ref?: string;
}

/** How a field is filled in. */
export type Widget =
  | { kind: "line"; maxLength: number | null }
  | { kind: "text" }
  | { kind: "choice"; of: readonly string[] }
  | { kind: "yes" }
  | { kind: "number"; min: number | null; max: number | null }
  | { kind: "list" }
  | { kind: "json" };

export interface Field {
  name: string;
  widget: Widget;
  required: boolean;
  description: string | null;
}

/** Text that may be longer than this has several lines. */
const LINE_LENGTH = 5_000;

/** The fields of an object, in the order of its schema. */
export const fieldsOf = ({ properties = {}, required = [] }: Schema): Field[] =>
  Object.entries(properties).map(([name, schema]) => ({
    name,
    widget: widgetOf(schema),
    required: required.includes(name),
    description: schema.description ?? null,
  }));

function widgetOf(schema: Schema): Widget {
  const choices = alternatives(schema);
  const types = new Set(choices.flatMap(({ type }) => (type === undefined ? [] : [type].flat())));
  types.delete("null");
  const has = (type: string): Schema | undefined => choices.find((one) => [one.type].flat().includes(type));
  const named = choices.flatMap((one) => one.enum ?? []);
  if (named.length > 0) return { kind: "choice", of: named };
  if (types.has("array")) return { kind: "list" };
  // A number that can be written as text, too, such as a duration, is text.
  if (types.has("string")) {
    const maxLength = has("string")?.maxLength ?? null;
    return maxLength !== null && maxLength > LINE_LENGTH ? { kind: "text" } : { kind: "line", maxLength };
  }
  const number = has("integer") ?? has("number");
  if (number) return { kind: "number", min: number.minimum ?? null, max: number.maximum ?? null };
  return types.has("boolean") ? { kind: "yes" } : { kind: "json" };
}

const alternatives = (schema: Schema): Schema[] => {
  const inner = schema.anyOf ?? schema.oneOf;
  return inner ? inner.flatMap(alternatives) : [schema];
};

/** The schema of one new task in an OpenAPI document; null when there is none. */
export function taskSchema(document: unknown): Schema | null {
  const body = at(document, ["paths", "/api/tasks", "post", "requestBody", "content", "application/json", "schema"]);
  const whole = resolved(document, body as Schema | undefined);
  if (!whole) return null;
  return [whole, ...alternatives(whole).map((one) => resolved(document, one))].find((one) => one?.properties) ?? null;
}

const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[key] : undefined),
    value,
  );

const resolved = (document: unknown, schema: Schema | undefined): Schema | undefined =>
  schema?.$ref === undefined
    ? schema
    : (at(document, schema.$ref.replace(/^#\//, "").split("/")) as Schema | undefined);

export type Values = Readonly<Record<string, string | boolean>>;

export interface Filled {
  task: Record<string, unknown>;
  /** By the names of their fields. */
  problems: Readonly<Record<string, string>>;
}

/** What was filled in, as the task that is published: what was left empty is left out. */
export function filled(fields: readonly Field[], values: Values): Filled {
  const task: Record<string, unknown> = {};
  const problems: Record<string, string> = {};
  for (const { name, widget, required } of fields) {
    const value = values[name];
    const text = typeof value === "string" ? value.trim() : "";
    if (widget.kind === "yes") {
      if (value === true) task[name] = true;
    } else if (text === "") {
      if (required) problems[name] = "is needed";
    } else if (widget.kind === "list")
      task[name] = text
        .split(/[\n,]/)
        .map((one) => one.trim())
        .filter((one) => one !== "");
    else if (widget.kind === "number") task[name] = Number(text);
    else if (widget.kind === "json") {
      try {
        task[name] = JSON.parse(text) as unknown;
      } catch {
        problems[name] = 'is not JSON: text is written "in quotes"';
      }
    } else task[name] = text;
  }
  return { task, problems };
}

/** The values that a form begins with for a task that is to be published again. */
export function valuesOf(fields: readonly Field[], task: Readonly<Record<string, unknown>>): Values {
  const values: Record<string, string | boolean> = {};
  for (const { name, widget } of fields) {
    const value = task[name];
    if (value === null || value === undefined) continue;
    if (widget.kind === "yes") values[name] = value === true;
    else if (widget.kind === "json") values[name] = JSON.stringify(value, null, 2);
    else if (Array.isArray(value)) values[name] = value.join(", ");
    else if (typeof value === "string" || typeof value === "number") values[name] = String(value);
  }
  return values;
}
