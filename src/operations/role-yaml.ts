import { Document, isScalar, Scalar, stringify, visit } from "yaml";
import type { ImportedRole } from "../domain/imported-role.js";
import { Role } from "../domain/role.js";
import { readYaml } from "../yaml.js";

/**
 * The text of a role file for what was imported.
 * @param source what it was made of, as a person here would write it
 * @throws MjError `usage` when a value of the source can be in no role
 */
export function roleYaml({ role, kept }: ImportedRole, source: string): string {
  const document = new Document(role);
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === "string" && node.value.includes("\n")) node.type = Scalar.BLOCK_LITERAL;
    },
    Seq(_, node) {
      node.flow = node.items.every((item) => isScalar(item) && !String(item.value).includes("\n"));
    },
  });
  document.commentBefore = ` From ${inComment(source)}. Tasks of type "${role.name}" come here: set match as you need it.`;
  if (Object.keys(kept).length > 0) {
    const lines = inComment(stringify(kept, { lineWidth: 0 }).trimEnd()).split("\n");
    document.comment = [" Not part of a role:", ...lines.map((line) => ` ${line}`)].join("\n");
  }
  const yaml = document.toString({ lineWidth: 0 });
  readYaml(yaml, source, Role); // A file that we write must be one that we read.
  return yaml;
}

/** What YAML, or an editor, would take for the end of the line, and so of the comment. */
const inComment = (text: string): string => text.replace(/[\r\u0085\u2028\u2029]/g, " ");
