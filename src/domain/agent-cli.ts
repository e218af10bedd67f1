import type { AgentCliName, AgentCommand } from "./command.js";

/** What a host must have for an agent CLI: its program, and one of the variables that name an account. */
const CLIS: Readonly<Record<AgentCliName, { program: string; accounts: readonly string[] }>> = {
  claude: { program: "claude", accounts: ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"] },
  codex: { program: "codex", accounts: ["CODEX_API_KEY"] },
  gemini: { program: "gemini", accounts: ["GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_APPLICATION_CREDENTIALS"] },
  opencode: {
    program: "opencode",
    accounts: ["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY", "OPENCODE_API_KEY"],
  },
  qwen: { program: "qwen", accounts: ["OPENAI_API_KEY", "DASHSCOPE_API_KEY"] },
  copilot: { program: "copilot", accounts: ["COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"] },
  cursor: { program: "cursor-agent", accounts: ["CURSOR_API_KEY"] },
  goose: {
    program: "goose",
    accounts: ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY", "OPENROUTER_API_KEY"],
  },
  amp: { program: "amp", accounts: ["AMP_API_KEY"] },
  aider: {
    program: "aider",
    accounts: ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY", "DEEPSEEK_API_KEY"],
  },
};

/** The keys of the large providers: an agent must not get every token of its host because `auto` might become any CLI. */
const ANY = ["ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN", "OPENAI_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY"];

/** The name on the PATH. */
export const programOfCli = (name: AgentCliName): string => CLIS[name].program;

/** The variables by which a CLI finds the account it works with: what `env.allow` of a role needs. */
export const accountVariables = (adapter: AgentCommand["adapter"]): readonly string[] =>
  adapter === "auto" ? ANY : CLIS[adapter].accounts;
