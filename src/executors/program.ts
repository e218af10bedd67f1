import { constants } from "node:fs";
import { access, open, stat } from "node:fs/promises";
import { basename, delimiter, isAbsolute, resolve } from "node:path";
import { ADAPTERS } from "./adapters/adapters.js";

/** What to do about a program that is not there. */
const INSTALL: Readonly<Record<string, string>> = {
  node: "install Node.js from https://nodejs.org",
  npx: "install Node.js from https://nodejs.org",
  npm: "install Node.js from https://nodejs.org",
  python3: "install Python 3 (Debian, Ubuntu: apt install python3; macOS: brew install python)",
  python: "install Python 3, and name it python3 in command.run where there is no python",
  ...Object.fromEntries(Object.values(ADAPTERS).map(({ binary, install }) => [binary, install])),
  bash: "install bash, or use sh",
  git: "install git from https://git-scm.com",
  bun: "install Bun from https://bun.sh",
  deno: "install Deno from https://deno.com",
  uv: "install uv from https://docs.astral.sh/uv",
  uvx: "install uv from https://docs.astral.sh/uv",
  docker: "install Docker from https://docs.docker.com/get-docker",
};

export interface Program {
  file: string;
  cwd: string;
  /** The command's own environment: its PATH is the one that is searched. */
  env: Readonly<Record<string, string>>;
}

/** What is wrong with a program, and the next step. */
export interface ProgramProblem {
  what: string;
  hint: string;
}

/** Why this program cannot be started here, or null when nothing speaks against it. */
export async function findProgramProblem({ file, cwd, env }: Program): Promise<ProgramProblem | null> {
  const folder = await stat(cwd).catch(() => null);
  if (folder?.isDirectory() !== true) {
    const what = `the working directory ${cwd} ${folder === null ? "does not exist" : "is not a directory"}`;
    return { what, hint: "create it, or correct cwd in the role" };
  }
  const path = await findProgram(file, cwd, env);
  if (path === null) return missing(file, cwd);
  if (!(await isExecutable(path))) return { what: `${path} is not executable`, hint: `chmod +x ${path}` };
  const interpreter = await interpreterOf(path);
  if (interpreter === null || (await findProgram(interpreter, cwd, env)) !== null) return null;
  return { what: `${path} needs ${interpreter}, which is not there`, hint: installHint(interpreter) };
}

function missing(file: string, cwd: string): ProgramProblem {
  const what = isPath(file) ? `${resolve(cwd, file)} does not exist` : `${file} is not in any folder of the PATH`;
  return { what, hint: installHint(file) };
}

const installHint = (file: string): string =>
  INSTALL[basename(file)] ?? `install ${basename(file)}, or correct command.run in the role`;

const isPath = (file: string): boolean => file.includes("/") || isAbsolute(file);

/** Where a program is: a path from `cwd`, a name on the PATH. An executable one before one that is not. */
async function findProgram(file: string, cwd: string, env: Readonly<Record<string, string>>): Promise<string | null> {
  if (isPath(file)) return (await isFile(resolve(cwd, file))) ? resolve(cwd, file) : null;
  let found: string | null = null;
  const endings = process.platform === "win32" ? [".exe", ".com", ""] : [""];
  for (const folder of (env["PATH"] ?? "/usr/local/bin:/bin:/usr/bin").split(delimiter)) {
    for (const ending of endings) {
      const path = resolve(cwd, folder, file + ending);
      if (!(await isFile(path))) continue;
      if (await isExecutable(path)) return path;
      found ??= path;
    }
  }
  return found;
}

const isFile = async (path: string): Promise<boolean> => (await stat(path).catch(() => null))?.isFile() === true;

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

/** The interpreter a script names in its first line (`#!/usr/bin/env -S node` → node), or null. */
async function interpreterOf(path: string): Promise<string | null> {
  await using file = await open(path).catch(() => null);
  if (file === null) return null;
  const { bytesRead, buffer } = await file.read(Buffer.alloc(256), 0, 256, 0);
  const words = /^#!\s*(.*)/
    .exec(buffer.toString("latin1", 0, bytesRead))?.[1]
    ?.trim()
    .split(/\s+/);
  const [program, ...rest] = words ?? [];
  if (program === undefined || program === "") return null;
  if (basename(program) !== "env") return program;
  return rest.find((word) => !word.startsWith("-") && !word.includes("=")) ?? program;
}
