/**
 * The forms in which a secret can turn up in a text: as it is, JSON-escaped (once, twice; by programs that escape
 * slashes or everything that is not ASCII), percent-encoded, and in base64 text, wherever it begins in it.
 */
export function formsOf(secret: string): string[] {
  const escaped = jsonForms(secret);
  const forms = [secret, ...escaped, ...escaped.flatMap(jsonForms), ...percentForms(secret), ...base64Forms(secret)];
  return [...new Set(forms)];
}

const escapedAs = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

function jsonForms(text: string): string[] {
  const plain = JSON.stringify(text).slice(1, -1);
  const ascii = plain.replace(/[^ -~]/g, escapedAs);
  const html = plain.replace(/[<>&\u2028\u2029]/g, escapedAs);
  return [plain, ascii, html, plain.replaceAll("/", "\\/"), ascii.replaceAll("/", "\\/")];
}

/** What the common encoders leave as it is: of URLs, of their parts (the browser's, RFC 3986) and of forms. */
const UNTOUCHED = [/[\w;,/?:@&=+$\-.!~*'()#]/, /[\w\-.!~*'()]/, /[\w\-.~]/, /[\w\-.*]/];

function percentForms(text: string): string[] {
  return UNTOUCHED.flatMap((untouched) => {
    const encoded = percentEncoded(text, untouched);
    const lower = encoded.replace(/%../g, (code) => code.toLowerCase());
    return [encoded, lower, encoded.replaceAll("%20", "+"), lower.replaceAll("%20", "+")];
  });
}

const percentEncoded = (text: string, untouched: RegExp): string =>
  Array.from(Buffer.from(text), (byte) => {
    const character = String.fromCharCode(byte);
    if (byte < 0x80 && untouched.test(character)) return character;
    return `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");

/** The characters that depend on the secret alone, after 0, 1 or 2 bytes of something else. */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    const core = encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
    return [core, core.replaceAll("+", "-").replaceAll("/", "_")];
  });
}
