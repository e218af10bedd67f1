import { ARTIFACT_LIMITS, isLink, leftOutTexts } from "../domain/artifact.js";
import { type FileGlobs, fileGlobs } from "../domain/file-globs.js";
import { nameWithin, readFileWithin } from "./artifact-file.js";
import { changedFiles, type FileStamps, stampsOf } from "./changed-files.js";
import type { ArtifactSink, Executor } from "./executor.js";

/** Where an attempt's files are, unless it is told another folder, and which it hands in besides those it names. */
export interface Collected {
  cwd: string;
  globs: readonly string[];
}

/**
 * Hands in the files of an attempt that was completed: those its result names, and those that fit and are new or
 * another since it began. Around what runs the command and within what makes it a folder of its own: the folder may be
 * gone afterwards.
 */
export function collecting(executor: Executor, { cwd, globs }: Collected): Executor {
  const wanted = globs.length === 0 ? null : fileGlobs(globs);
  return {
    async run(input, context) {
      const { artifacts: sink } = context;
      if (sink === undefined) return await executor.run(input, context);
      const folder = context.cwd ?? cwd;
      const before = wanted && (await stampsOf(folder, wanted));
      const outcome = await executor.run(input, context);
      if (outcome.kind !== "completed") return outcome;

      const { result } = outcome;
      const changed = wanted ? await changedSince(before, folder, wanted) : [];
      const { stored, leftOut } = await handIn(folder, result.artifacts, changed ?? [], sink);
      if (changed === null) leftOut.push("there are too many files in the working folder to look for artifacts");
      for (const text of leftOut) context.log("stderr", `… not kept: ${text}`);
      const artifacts = [...new Set([...result.artifacts, ...stored])];
      const missing = leftOut.length > 0 && { artifacts_left_out: leftOutTexts(leftOut) };
      return { ...outcome, result: { ...result, artifacts, ...missing } };
    },
  };
}

async function changedSince(before: FileStamps, folder: string, globs: FileGlobs): Promise<string[] | null> {
  const after = await stampsOf(folder, globs);
  return before && after && changedFiles(before, after);
}

interface HandedIn {
  /** The names of what fitted a glob and is kept now. */
  stored: string[];
  /** What is not kept, and why. */
  leftOut: string[];
}

async function handIn(folder: string, named: string[], changed: string[], sink: ArtifactSink): Promise<HandedIn> {
  const files = new Map<string, string>();
  const leftOut: string[] = [];
  for (const given of [...named, ...changed]) {
    if (isLink(given)) continue;
    const name = await nameWithin(folder, given);
    if (name === null) leftOut.push(`${given}: it is not in the working folder`);
    else if (!files.has(name)) files.set(name, given);
  }
  const stored = new Set<string>();
  let room = ARTIFACT_LIMITS.bytes;
  for (const [name, given] of files) {
    if (stored.size === ARTIFACT_LIMITS.files) {
      leftOut.push(`${files.size - stored.size} files: ${ARTIFACT_LIMITS.files} are the limit of one attempt`);
      break;
    }
    const read = await readFileWithin(folder, name, room);
    const problem = "problem" in read ? read.problem : await sink({ name, data: read.data });
    if (problem !== null) leftOut.push(`${given}: ${problem}`);
    if (problem !== null || "problem" in read) continue;
    room -= read.data.length;
    stored.add(name);
  }
  return { stored: changed.filter((name) => stored.has(name)), leftOut };
}
