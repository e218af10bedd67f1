import { manyLines, oneLine } from "../../domain/visible-text.js";

/** Text of somebody else's making, on one line: what could pass for other text is shown escaped. */
export const Line = ({ of }: { of: string }) => <span dir="auto">{oneLine(of)}</span>;

/** The same on as many lines as it has. */
export const Lines = ({ of }: { of: string }) => (
  <pre class="lines" dir="auto" tabIndex={0}>
    {manyLines(of)}
  </pre>
);
