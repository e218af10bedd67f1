/** A text that must not leave the process, and the variable it comes from. */
export interface Secret {
  name: string;
  text: string;
}

/** Shorter ones would be found everywhere, and no log could be read any more. */
const MIN_LENGTH = 6;
/** A word as long as this is a passphrase. */
const WORD_LENGTH = 16;

const SECRET_NAME = /(?:^|_)(?:token|secret|key|credentials?)$|(?:password|passphrase)$/i;

const WORDS = /^(?:[a-z]+|[A-Z]+|[A-Z][a-z]+)(?:[-_. ](?:[a-z]+|[A-Z]+))*$/;
/** From the root only when the first folder is a word: about one random base64 text in 100,000 looks like that. */
const PATH = /^(?:(?:~|\.{1,2}|[A-Za-z]:)[/\\]|\/(?:[a-z]{2,}|[A-Z][a-z]+)(?=\/|$))[\w.@ \-/\\]*$/;

/** Such as `production`, `id_rsa` or `/run/secrets/key`: not secret by the name of its variable alone. */
const isOrdinary = (text: string): boolean => (text.length < WORD_LENGTH && WORDS.test(text)) || PATH.test(text);

/**
 * The secrets in the environment of a command: values of variables with a name such as `GITHUB_TOKEN`, unless they are
 * an ordinary word or a path; values of the named ones, whatever they are; passwords in URLs of any. Of a value with
 * many lines each line, of a JSON object what it has under such names. Texts shorter than 6 characters are no secrets.
 * @param named variables that are secret whatever their name is, in any case
 */
export function secretsIn(env: Readonly<Record<string, string>>, named: readonly string[] = []): Secret[] {
  const secret = new Set(named.map((name) => name.toLowerCase()));
  const found = new Map<string, Secret>();
  for (const [name, value] of Object.entries(env)) {
    const isNamed = secret.has(name.toLowerCase());
    const isSecret = isNamed || SECRET_NAME.test(name);
    const texts = [...passwordsIn(value), ...(isSecret ? textsOf(value, isNamed) : [])];
    for (const text of texts) if (text.length >= MIN_LENGTH && !found.has(text)) found.set(text, { name, text });
  }
  return [...found.values()];
}

/** Line ends, also those of a key that was put into one line. */
const LINE_END = /\r?\n|\\r\\n|\\n/;
/** What everybody knows about a key: the lines around it. */
const PEM_BORDER = /^-----(?:BEGIN|END) [^-]*-----$/;

function textsOf(value: string, isNamed: boolean): string[] {
  const lines = value
    .split(LINE_END)
    .map((line) => line.trim())
    .filter((line) => !PEM_BORDER.test(line));
  const whole = isNamed ? lines : lines.filter((line) => !isOrdinary(line));
  return [...whole, ...textsInJson(value)];
}

/** What a document such as a service account's has under secret names. */
function textsInJson(value: string): string[] {
  if (!value.trimStart().startsWith("{")) return [];
  try {
    const found: string[] = [];
    JSON.parse(value, (key, item: unknown) => {
      if (typeof item === "string" && SECRET_NAME.test(key)) found.push(...textsOf(item, false));
      return item;
    });
    return found;
  } catch {
    return [];
  }
}

const PASSWORD = /\b[a-z][a-z0-9+.-]*:\/\/[^\s/?#:@]*:([^\s/?#]+)@/gi;

/** As they are in the URL and as they are meant. */
function passwordsIn(value: string): string[] {
  return [...value.matchAll(PASSWORD)].flatMap(([, password = ""]) => [password, decoded(password)]);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
