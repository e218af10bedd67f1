import { expect, test } from "vitest";
import { secretsIn } from "../../src/domain/secrets.js";

const textsIn = (env: Record<string, string>, named?: string[]): string[] =>
  secretsIn(env, named).map(({ text }) => text);

const VALUE = "gh-1f0a9c";

test.each(["GITHUB_TOKEN", "github_token", "A_SECRET", "PGPASSWORD", "API_KEY", "KEY", "token", "APP_CREDENTIALS"])(
  "secret by its name: %s",
  (name) => {
    expect(secretsIn({ [name]: VALUE })).toEqual([{ name, text: VALUE }]);
  },
);

test.each(["PATH", "KEYBOARD", "TOKENIZER", "MONKEY", "AWS_ACCESS_KEY_ID", "SECRET_NAME"])("not: %s", (name) => {
  expect(textsIn({ [name]: VALUE })).toEqual([]);
});

test.each([
  ...["", "true", "12345", "production", "CHANGEME", "id_rsa", "not-set", "read only"],
  ...[
    "/home/me/.ssh/id_ed25519",
    "~/keys/site.pem",
    "./key.json",
    "/run/secrets/db_password",
    "C:\\Users\\me\\key.pem",
  ],
])("not a secret, whatever the name of its variable is: %s", (value) => {
  expect(textsIn({ API_KEY: value })).toEqual([]);
});

test.each(["123456", "tr0ub4dor", "correct-horse-battery", "/9j4AAQSkZJRgABAQ", "x/y+z/==", "geheim wört"])(
  "a secret: %s",
  (value) => {
    expect(textsIn({ API_KEY: value })).toEqual([value]);
  },
);

test("what a role names is a secret, word or path, in any case; nothing shorter than 6 characters", () => {
  expect(textsIn({ STAGE: "production", WHERE: "/srv/place", PIN: "1234" }, ["stage", "WHERE", "PIN"])).toEqual([
    "production",
    "/srv/place",
  ]);
});

test("the password in a URL, as it is written and as it is meant, in any variable", () => {
  const env = { DATABASE_URL: "postgres://app:p%40ss-1234@db:5432/site", HOME_URL: "https://example.com/a:b@c" };
  expect(textsIn(env)).toEqual(["p%40ss-1234", "p@ss-1234"]);
});

test("each line of a key, also of one in one line; not the lines around it, which everybody knows", () => {
  const lines = [
    "-----BEGIN PRIVATE KEY-----",
    "MIIEvQIBADANBgkq",
    "hkiG9w0BAQEFAASC",
    "Qw==",
    "-----END PRIVATE KEY-----",
  ];
  for (const end of ["\n", "\r\n", "\\n"]) {
    expect(textsIn({ SSH_KEY: lines.join(end) + end })).toEqual(["MIIEvQIBADANBgkq", "hkiG9w0BAQEFAASC"]);
  }
});

test("what a JSON document has under secret names, besides the whole of it", () => {
  const document = JSON.stringify({ type: "service_account", project: "site", private_key: "abc-123-def" });
  expect(textsIn({ GOOGLE_CREDENTIALS: document })).toEqual([document, "abc-123-def"]);
});

test("a text of several variables is one secret", () => {
  expect(secretsIn({ A_KEY: VALUE, B_KEY: VALUE })).toEqual([{ name: "A_KEY", text: VALUE }]);
});
