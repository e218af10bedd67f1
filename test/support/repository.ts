import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A git repository with one commit, made by somebody whose git knows nothing of this machine's settings. */
export class TestRepository {
  constructor(readonly top: string) {
    mkdirSync(top, { recursive: true });
    this.git("init", "-q", "-b", "main");
  }

  /** Runs git there, and returns what it printed. */
  git(...args: string[]): string {
    const who = { GIT_AUTHOR_NAME: "Kim", GIT_AUTHOR_EMAIL: "kim@here", GIT_COMMITTER_NAME: "Kim" };
    const env = { PATH: process.env["PATH"], HOME: this.top, ...who, GIT_COMMITTER_EMAIL: "kim@here", LC_ALL: "C" };
    return execFileSync("git", args, {
      cwd: this.top,
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trimEnd();
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.top, file)), { recursive: true });
    writeFileSync(join(this.top, file), text);
  }

  /** Writes files and commits them. @returns the commit */
  commit(files: Readonly<Record<string, string>>): string {
    for (const [file, text] of Object.entries(files)) this.write(file, text);
    this.git("add", "-A");
    this.git("commit", "-q", "--allow-empty", "-m", "begin");
    return this.git("rev-parse", "HEAD");
  }

  /** The branches, in order. */
  get branches(): string[] {
    return this.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split("\n");
  }

  /** What a file is on a branch; undefined when it is not there. */
  show(branch: string, file: string): string | undefined {
    try {
      return this.git("show", `${branch}:${file}`);
    } catch {
      return undefined;
    }
  }

  /** Folders of worktrees besides its own. */
  get worktrees(): string[] {
    const listed = this.git("worktree", "list", "--porcelain").split("\n");
    return listed
      .filter((line) => line.startsWith("worktree "))
      .map((line) => line.slice(9))
      .slice(1);
  }
}
