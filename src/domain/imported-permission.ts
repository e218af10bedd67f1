import { PERMISSIONS, type Permission } from "./command.js";

type Fields = Readonly<Record<string, unknown>>;

/** The words for it that stand for one of ours. */
const MODES: Readonly<Record<string, Permission>> = {
  plan: "read-only",
  acceptEdits: "edit",
  bypassPermissions: "full",
  "read-only": "read-only",
  "workspace-write": "edit",
  "danger-full-access": "full",
};

/** Tools that run commands: whoever has one can change any file. */
const SHELLS = new Set([
  ...["bash", "shell", "powershell", "execute", "runcommands", "runtasks", "run_shell_command"],
  ...["runinterminal", "run_in_terminal", "terminal", "run_terminal_cmd"],
]);
/** Tools that change files, or start an agent that may. */
const EDITORS = new Set([
  ...["edit", "write", "multiedit", "notebookedit", "patch", "apply_patch", "replace", "write_file", "edit_file"],
  ...["editfiles", "createfile", "createdirectory", "new", "task", "agent", "runsubagent"],
]);

/**
 * The permission that an agent file asks for, in whatever words of its CLI: the narrowest of what it says.
 * Undefined when it says nothing that has a counterpart.
 */
export function importedPermission(fields: Fields): Permission | undefined {
  const said = [permissionOfMode(fields["permissionMode"]), permissionOfMode(fields["sandbox_mode"])];
  if (fields["readonly"] === true || forbidsChanges(fields)) said.push("read-only");
  return PERMISSIONS.find((permission) => said.includes(permission));
}

/** What a CLI's permission mode or sandbox stands for; undefined when it has no counterpart. */
export const permissionOfMode = (mode: unknown): Permission | undefined =>
  typeof mode === "string" && Object.hasOwn(MODES, mode) ? MODES[mode] : undefined;

/** Whether the tools it may use leave it none to change a file with. */
function forbidsChanges({ tools, disallowedTools, permission }: Fields): boolean {
  const rules: readonly [name: string, allowed: boolean][] = [
    ...namesOf(disallowedTools).map((name) => [name, false] as const),
    ...rulesOf(tools),
    ...rulesOf(permission),
  ].map(([name, allowed]) => [name.toLowerCase(), allowed]);
  const denied = (name: string): boolean => rules.some(([rule, allowed]) => rule === name && !allowed);
  if (isNames(tools)) {
    const left = namesOf(tools).filter((name) => !denied(name.toLowerCase()));
    return !left.some((name) => name === "*" || name === "all" || partsOf(name).some((part) => canChange(part)));
  }
  const granted = rules.some(([rule, allowed]) => allowed && SHELLS.has(rule));
  // opencode's permission "edit" stands for all its tools that change files; as names of tools, they are two.
  const edits = isMap(permission) && !isAllowed(permission["edit"] ?? true);
  const noEdits = permission === "deny" || edits || denied("*") || (denied("edit") && denied("write"));
  return noEdits && !granted;
}

const canChange = (tool: string): boolean => SHELLS.has(tool) || EDITORS.has(tool);

const isMap = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

const isNames = (tools: unknown): boolean => Array.isArray(tools) || (typeof tools === "string" && tools.trim() !== "");

/** Names of tools in a list or between commas; what stands in brackets after one only narrows it. */
function namesOf(tools: unknown): string[] {
  const text = Array.isArray(tools) ? tools.filter((tool) => typeof tool === "string").join(",") : tools;
  if (typeof text !== "string") return [];
  return text
    .replace(/\([^)]*\)/g, "")
    .split(/[\s,]+/)
    .filter((name) => name !== "");
}

/** `edit/editFiles` and `editFiles` are the same tool. */
const partsOf = (name: string): string[] => name.toLowerCase().split("/");

const rulesOf = (map: unknown): (readonly [name: string, allowed: boolean])[] =>
  isMap(map) ? Object.entries(map).map(([name, value]) => [name, isAllowed(value)] as const) : [];

/** To be asked is to be refused where nobody answers. Rules for some files leave others. */
function isAllowed(value: unknown): boolean {
  if (isMap(value)) return Object.values(value).some(isAllowed);
  return value === true || value === "allow";
}
