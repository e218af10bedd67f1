import tseslint from "typescript-eslint";

/** Imports run one way (docs/architecture.md): each folder lists what it must not reach. */
const layers = {
  domain: ["nats", "executors", "worker", "dispatcher", "operations", "cli", "sdk", "server", "*.js"],
  nats: ["executors", "worker", "dispatcher", "operations", "cli", "sdk", "server"],
  executors: ["nats", "worker", "dispatcher", "operations", "cli", "sdk", "server"],
  worker: ["cli", "sdk", "server"],
  dispatcher: ["cli", "sdk", "server"],
  operations: ["cli", "sdk", "server"],
  cli: ["sdk", "dashboard"],
  sdk: ["cli", "server", "dashboard"],
  server: ["cli", "sdk", "dashboard"],
  // Types, and what is pure: it runs in browsers.
  dashboard: ["nats", "executors", "worker", "dispatcher", "operations", "cli", "sdk", "server"],
};

const natsClient = {
  regex: "^(nats|@nats-io)(/|$)",
  message: "Only src/nats/ imports the NATS client.",
};

const boundary = (folder, forbidden) => ({
  files: [`src/${folder}/**/*.{ts,tsx}`],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          ...forbidden.map((to) => ({
            regex: to === "*.js" ? "^(\\.\\./)+[a-z-]+\\.js$" : `^(\\.\\./)+${to}/`,
            message: `src/${folder}/ must not import ${to}: imports run one way.`,
          })),
          ...(folder === "nats" ? [] : [natsClient]),
          ...(folder === "domain"
            ? [
                {
                  regex: "^(?!\\.|zod$|picomatch$|node:crypto$)",
                  message: "The domain imports zod and picomatch, nothing else.",
                },
              ]
            : []),
        ],
      },
    ],
  },
});

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", "examples/**/public/"] },
  {
    files: ["src/**/*.{ts,tsx}", "test/**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true, ignoreUsingDeclarations: true }],
      "@typescript-eslint/no-unnecessary-condition": ["error", { allowConstantLoopConditions: true }],
      "@typescript-eslint/no-invalid-void-type": [
        "error",
        { allowInGenericTypeArguments: true, allowAsThisParameter: true },
      ],
      "@typescript-eslint/only-throw-error": "error",
    },
  },
  {
    files: ["src/*.ts"],
    ignores: ["src/index.ts"],
    rules: { "no-restricted-imports": ["error", { patterns: [natsClient] }] },
  },
  ...Object.entries(layers).map(([folder, forbidden]) => boundary(folder, forbidden)),
  { files: ["test/**/*.ts"], rules: { "@typescript-eslint/no-non-null-assertion": "off" } },
);
