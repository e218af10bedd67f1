const PLACEHOLDER = /\{\{\s*([A-Za-z_][\w.]*)\s*\}\}/g;

/**
 * Fills `{{a.b.c}}` from `values`: missing → empty, objects → JSON. One pass and no logic: a value is data, so
 * braces inside a value stay text.
 */
export function renderTemplate(template: string, values: Readonly<Record<string, unknown>>): string {
  return template.replace(PLACEHOLDER, (_, path: string) => asText(lookUp(values, path.split("."))));
}

/** A template's own text before its first placeholder; undefined when it has none. */
export function literalStart(template: string): string | undefined {
  const at = template.search(PLACEHOLDER);
  return at < 0 ? undefined : template.slice(0, at);
}

/** True when a template's own text, before any value, already starts like an option (`-x`, `--title={{…}}`). */
export const startsWithOption = (template: string): boolean => template.startsWith("-");

function lookUp(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as Record<string, unknown>)[key];
  }
  return current;
}

function asText(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
