import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { hourText } from "../format.js";
import { theme } from "../theme.js";
import type { ThroughputMinute } from "../wire.js";

const HEIGHT = 160;
const MINUTE_S = 60;

/** The columns of a stack: the second stands on the first, so it is drawn before it as the sum of both. */
const columnsOf = (minutes: readonly ThroughputMinute[]): uPlot.AlignedData => [
  minutes.map(({ minute }) => Date.parse(minute) / 1_000),
  minutes.map(({ completed, failed }) => completed + failed),
  minutes.map(({ completed }) => completed),
];

/** A picture of an hour, as wide as its place. */
export class Chart {
  readonly #plot: uPlot;
  readonly #resizing: ResizeObserver;
  readonly #restyle: () => void;
  readonly #dark = matchMedia("(prefers-color-scheme: dark)");

  constructor(place: HTMLElement, minutes: readonly ThroughputMinute[]) {
    const colour = (name: string) => (): string => getComputedStyle(place).getPropertyValue(name).trim();
    const bars = uPlot.paths.bars?.({ size: [0.7, 12], align: 0 });
    const axis = { stroke: colour("--faint"), font: "11px system-ui", ticks: { show: false } };
    this.#plot = new uPlot(
      {
        width: place.clientWidth,
        height: HEIGHT,
        cursor: { show: false },
        legend: { show: false },
        padding: [8, 16, 0, 0],
        scales: {
          x: { range: (_plot, from, to) => [from - MINUTE_S, to + MINUTE_S] },
          y: { range: (_plot, _low, high) => [0, Math.max(4, high * 1.1)] },
        },
        axes: [
          {
            ...axis,
            grid: { show: false },
            space: 64,
            size: 24,
            values: (_plot, times) => times.map((time) => hourText(new Date(time * 1_000))),
          },
          {
            ...axis,
            grid: { stroke: colour("--line"), width: 1 },
            space: 36,
            size: 34,
            incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000],
          },
        ],
        series: [
          {},
          { fill: colour("--bad"), width: 0, ...(bars && { paths: bars }), points: { show: false } },
          { fill: colour("--good"), width: 0, ...(bars && { paths: bars }), points: { show: false } },
        ],
      },
      columnsOf(minutes),
      place,
    );
    this.#resizing = new ResizeObserver(() => this.#plot.setSize({ width: place.clientWidth, height: HEIGHT }));
    this.#resizing.observe(place);
    const redraw = (): void => void window.requestAnimationFrame(() => this.#plot.redraw(false, true));
    this.#dark.addEventListener("change", redraw);
    const forget = theme.subscribe(redraw);
    this.#restyle = () => {
      forget();
      this.#dark.removeEventListener("change", redraw);
    };
  }

  show(minutes: readonly ThroughputMinute[]): void {
    this.#plot.setData(columnsOf(minutes));
  }

  end(): void {
    this.#restyle();
    this.#resizing.disconnect();
    this.#plot.destroy();
  }
}
