import { countText } from "../format.js";
import { Line } from "../ui/text.js";
import type { FlowEdge } from "../wire.js";
import { type Drawn, edgeId, nodeWords } from "./drawn.js";

/** The same as figures, the heaviest first. */
export function FlowTable({ nodes, edges, left }: Drawn) {
  const words = new Map(nodes.map((node) => [node.id, nodeWords(node)]));
  return (
    <details class="flow-table">
      <summary>The same as a table</summary>
      <div class="flow-scroll" role="region" aria-label="Hand-offs" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">from</th>
              <th scope="col">to</th>
              <th scope="col">tasks</th>
              <th scope="col">running</th>
              <th scope="col">failed</th>
            </tr>
          </thead>
          <tbody>
            {[...edges]
              .sort((a, b) => b.tasks - a.tasks)
              .map((edge) => (
                <tr key={edgeId(edge)}>
                  <td>
                    <Line of={words.get(edge.from) ?? ""} />
                  </td>
                  <td>
                    <Line of={words.get(edge.to) ?? ""} />
                  </td>
                  <td>{countText(edge.tasks)}</td>
                  <td>{countText(edge.running)}</td>
                  <td class={edge.failed > 0 ? "tone-bad" : "faint"}>{failedText(edge)}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </div>
      {left > 0 && <p class="faint">and {countText(left)} lighter ones, which are not drawn</p>}
    </details>
  );
}

/** `3 (25 %)` */
const failedText = ({ failed, tasks }: FlowEdge): string =>
  failed === 0 ? "0" : `${countText(failed)} (${Math.max(1, Math.round((100 * failed) / tasks))} %)`;
