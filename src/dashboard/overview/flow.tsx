import { countText, took } from "../format.js";
import type { Overview, Quantiles } from "../wire.js";
import { Age } from "../ui/time.js";
import { Throughput } from "./throughput.js";

/** How work goes through: what ended, what waits, how long both take. */
export function Flow({ overview }: { overview: Overview }) {
  const { throughput, queue, wait_ms, run_ms } = overview;
  return (
    <section class="panel flow" aria-labelledby="flow-title">
      <h2 id="flow-title">The last hour</h2>
      <Throughput minutes={throughput} />
      <dl class="figures">
        <div>
          <dt>Queue</dt>
          <dd class="num">{countText(queue.depth)}</dd>
        </div>
        <div>
          <dt>Oldest</dt>
          <dd class="num">{queue.oldest_at === null ? "–" : <Age of={queue.oldest_at} />}</dd>
        </div>
        <Quantile name="Wait" of={wait_ms} />
        <Quantile name="Run" of={run_ms} />
      </dl>
    </section>
  );
}

const Quantile = ({ name, of }: { name: string; of: Quantiles | null }) => (
  <div>
    <dt>
      {name} <abbr title="half of them took less; one in twenty took longer than the second">p50 / p95</abbr>
    </dt>
    <dd class="num">{of === null ? "–" : `${took(of.p50)} / ${took(of.p95)}`}</dd>
  </div>
);
