import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Files that only this user can read, by the names they are known by, in a folder that goes when it is disposed. */
export class PrivateFiles implements AsyncDisposable {
  private constructor(
    private readonly folder: string | null,
    private readonly paths: Readonly<Record<string, string>>,
  ) {}

  /** @throws a system error when they cannot be written */
  static async write(files: Readonly<Record<string, string>>): Promise<PrivateFiles> {
    const names = Object.keys(files);
    if (names.length === 0) return new PrivateFiles(null, {});
    const folder = await mkdtemp(join(tmpdir(), "mjagent-"));
    const paths = Object.fromEntries(names.map((name) => [name, join(folder, name)]));
    await Promise.all(names.map((name) => writeFile(paths[name] ?? "", files[name] ?? "", { mode: 0o600 })));
    return new PrivateFiles(folder, paths);
  }

  /** The text with each `{file:NAME}` filled by the file's path. */
  fill(text: string): string {
    return text.replace(/\{file:([\w.-]+)\}/g, (whole, name: string) => this.paths[name] ?? whole);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.folder !== null) await rm(this.folder, { recursive: true, force: true }).catch(() => undefined);
  }
}
