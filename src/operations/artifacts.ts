import { lstat, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { type Artifact, isInside, newestOfEach } from "../domain/artifact.js";
import { errnoOf, messageOf, MjError } from "../errors.js";
import { filesOf, readFileOf } from "../nats/artifact-files.js";
import type { Session } from "../nats/session.js";
import { getRecord } from "./tasks.js";

/** The files that a task's attempts handed in, in the order of attempts and names. @throws MjError not_found */
export async function listArtifacts(session: Session, taskId: string): Promise<Artifact[]> {
  await getRecord(session, taskId);
  return await filesOf(session, taskId);
}

/**
 * Some of a task's files, of several with one name the last attempt's.
 * @param names none: all of them
 * @throws MjError not_found for a task or a name there is not
 */
export async function chooseArtifacts(session: Session, taskId: string, names: readonly string[]): Promise<Artifact[]> {
  const all = newestOfEach(await listArtifacts(session, taskId));
  const missing = names.filter((name) => !all.some((artifact) => artifact.name === name));
  if (missing.length > 0) {
    throw new MjError("not_found", `task ${taskId} has no artifact ${missing.join(", ")}`, {
      hint: `mjagent artifacts ${taskId} lists those it has`,
    });
  }
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
}

/** The content of a file. @throws MjError not_found when it is not stored any more */
export async function readArtifact(session: Session, artifact: Artifact): Promise<Buffer> {
  const data = await readFileOf(session, artifact);
  if (data) return data;
  throw new MjError("not_found", `the content of ${artifact.name} is not stored any more`);
}

/** A file that was written, and where: an absolute path. */
export interface SavedArtifact extends Artifact {
  path: string;
}

/**
 * Writes files below a folder, which is made when it is not there. What is there is not overwritten without `force`,
 * and then nothing is written at all.
 * @throws MjError conflict; failure for a name or a symbolic link that leads out of the folder
 */
export async function saveArtifacts(
  session: Session,
  artifacts: readonly Artifact[],
  { into, force }: { into: string; force: boolean },
): Promise<SavedArtifact[]> {
  const targets = artifacts.map((artifact) => ({ ...artifact, path: pathIn(into, artifact.name) }));
  const there = force ? [] : await existing(targets.map(({ path }) => path));
  if (there.length > 0) {
    throw new MjError("conflict", `already there: ${there.join(", ")}`, {
      hint: "--force overwrites them; --into DIR writes into another folder",
    });
  }
  for (const target of targets) {
    const data = await readArtifact(session, target);
    await write(into, target.path, data, force).catch((error: unknown) => {
      if (error instanceof MjError) throw error;
      throw new MjError("failure", `${target.path} could not be written`, { why: messageOf(error), cause: error });
    });
  }
  return targets;
}

/** Names come from a store that others write, too. */
function pathIn(folder: string, name: string): string {
  if (isInside(name)) return resolve(folder, name);
  throw new MjError("failure", `the artifact ${JSON.stringify(name)} is no name of a file below a folder`, {
    hint: "--into - writes it to stdout",
  });
}

async function existing(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map((path) => lstat(path).catch(() => null)));
  return paths.filter((_, index) => found[index]);
}

async function write(folder: string, path: string, data: Buffer, force: boolean): Promise<void> {
  await makeFolder(resolve(folder), dirname(path));
  // A symbolic link is replaced, not followed.
  if (force) await rm(path, { force: true });
  await writeFile(path, data, { flag: "wx" }).catch((error: unknown) => {
    if (errnoOf(error) !== "EEXIST") throw error;
    throw new MjError("conflict", `already there: ${path}`, { hint: "--force overwrites it" });
  });
}

/** Makes the folders on the way, one by one: none of them may lead elsewhere. */
async function makeFolder(root: string, path: string): Promise<void> {
  await mkdir(root, { recursive: true });
  let at = root;
  for (const part of relative(root, path).split(sep)) {
    at = join(at, part);
    const there = await lstat(at).catch(() => null);
    if (there?.isSymbolicLink() === true && at !== root) {
      const hint = "remove it, or write elsewhere: --into DIR";
      throw new MjError("failure", `${at} is a symbolic link: it leads out of the folder`, { hint });
    }
    if (!there) await mkdir(at);
  }
}
