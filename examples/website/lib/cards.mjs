/** The cards a page may hold, and their fields: true = required. */
export const cards = {
  image: { src: true, alt: true, caption: false },
  call_to_action: { heading: false, text: true, label: true, href: true },
};

/** Why `href` may not be linked to, or undefined. Allowed: https, http, mailto, tel, and places on this site. */
export function hrefProblem(href) {
  // Browsers drop blanks and control characters, so they can hide a scheme.
  if (!/^[\x21-\uffff]+$/.test(href)) return `the link "${href}" holds a blank: write %20 or take it out`;
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(href)?.[1]?.toLowerCase();
  if (scheme === undefined || ["https", "http", "mailto", "tel"].includes(scheme)) return undefined;
  return `the link "${href}" uses ${scheme}: — use https, http, mailto, tel, a path or #section`;
}

/** What is wrong with a card's payload, as one sentence, or undefined. */
export function cardProblem(name, payload) {
  if (!Object.hasOwn(cards, name)) return `there is no card "${name}": use ${Object.keys(cards).join(" or ")}`;
  const fields = cards[name];
  if (payload === null || typeof payload !== "object" || Array.isArray(payload)) {
    return `card ${name} needs fields: ${Object.keys(fields).join(", ")}`;
  }
  for (const [field, value] of Object.entries(payload)) {
    if (!Object.hasOwn(fields, field))
      return `card ${name} has no field "${field}": use ${Object.keys(fields).join(", ")}`;
    if (typeof value !== "string" || value.trim() === "") return `card ${name}: ${field} must be text`;
  }
  const missing = Object.keys(fields).find((field) => fields[field] && payload[field] === undefined);
  if (missing) return `card ${name} has no ${missing}: add "${missing}: …"`;
  return payload.href === undefined ? undefined : hrefProblem(payload.href);
}
