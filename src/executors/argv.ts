import { literalStart, renderTemplate, startsWithOption } from "../domain/template.js";
import { MjError } from "../errors.js";

/** An argv ready to run, or why a value of the task made it unsafe. */
export type RenderedArgv = { file: string; args: string[] } | { refused: string };

/**
 * Checks `command.run` before any task is seen: a value may fill an argument, but never be the program, the name of an
 * option, or a piece of a program's text.
 * @param name what the role calls it
 * @throws MjError usage
 */
export function checkArgv(run: readonly string[], name = "command.run"): void {
  const problem = (what: string, hint: string) => new MjError("usage", `${name}: ${what}`, { hint });
  const [file, ...args] = run;
  if (file === undefined || file === "") throw problem("no program", 'write run: ["program", "argument", …]');
  if (literalStart(file) !== undefined) {
    throw problem(
      `the program ${file} is a template`,
      "name the program itself; a task's values can only be arguments",
    );
  }
  let afterDashes = false;
  args.forEach((arg, index) => {
    if (arg === "--") afterDashes = true;
    const start = literalStart(arg);
    if (start === undefined) return;
    if (!afterDashes && (/^-+$/.test(start) || (start.startsWith("--") && !start.includes("=")))) {
      throw problem(`in ${arg} a task's value would name the option`, `write the option's name out: --name={{…}}`);
    }
    if (isProgramText(run, index + 1)) {
      throw problem(
        `${arg} is program text, and a task's value in it would be run`,
        `pass the value as an argument: ["sh", "-c", "echo \\"$1\\"", "sh", "{{task.title}}"], or read it from stdin`,
      );
    }
  });
}

/** Programs that take program text as an argument, and the options it follows. */
const INTERPRETERS: readonly [program: RegExp, option: RegExp][] = [
  [/^(ba|da|z|k|a|fi)?sh$/, /^-[a-z]*c$/],
  [/^(cmd|powershell|pwsh)(\.exe)?$/i, /^(\/[ck]|-c|-command)$/i],
  [/^(node|nodejs|bun|deno)$/, /^(-e|-p|-pe|--eval|--print|eval)$/],
  [/^python[\d.]*$/, /^-[a-zA-Z]*c$/],
  [/^(perl|ruby|php|lua|Rscript)[\d.]*$/, /^-[a-zA-Z]*[eEr]$/],
];

/** True when the argument at `index` follows an interpreter's "run this text", wherever in the argv that stands. */
function isProgramText(run: readonly string[], index: number): boolean {
  const option = run[index - 1] ?? "";
  return run.slice(0, index - 1).some((word) => {
    const name = word.slice(word.lastIndexOf("/") + 1);
    return INTERPRETERS.some(([program, takesText]) => program.test(name) && takesText.test(option));
  });
}

/**
 * Fills each element as one argument. A value that would turn its argument into an option (`-rf`) is refused, unless
 * the role put `--` before it or wrote the dash itself.
 */
export function renderArgv(run: readonly string[], values: Readonly<Record<string, unknown>>): RenderedArgv {
  const [file = "", ...templates] = run;
  const args: string[] = [];
  for (const template of templates) {
    // A NUL byte cannot be passed to a program.
    const arg = renderTemplate(template, values).replaceAll("\0", "\uFFFD");
    if (arg.startsWith("-") && !startsWithOption(template) && !templates.slice(0, args.length).includes("--")) {
      return { refused: refusal(template, arg) };
    }
    args.push(arg);
  }
  return { file, args };
}

const refusal = (template: string, arg: string): string =>
  `the argument ${template} came out as ${JSON.stringify(arg.slice(0, 80))}, which the program would read as an option: ` +
  `put "--" before it in run, write it as --name=${template}, or read the task from stdin`;

/** A word as one writes it in a shell. */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
