import { type Box, boxOf, LANE_PX } from "./boxes.js";
import type { View } from "./camera.js";
import type { Bar, Lane, Outcome } from "./lanes.js";
import { xOf } from "./scale.js";

const COLOURS = ["accent", "good", "bad", "faint", "line", "surface", "sunken", "text"] as const;
type Colours = Record<(typeof COLOURS)[number], string>;

/** Below that a bar is a stroke: a pattern would not be seen. */
const PATTERN_PX = 6;
const STRIPE_PX = 6;

export interface Picture {
  lanes: readonly Lane[];
  /** Of the lanes, px. */
  scrolled: number;
  view: View;
  /** Moments with a line, epoch ms. */
  ticks: readonly number[];
  now: number;
  selected: Bar | undefined;
  pointed: Bar | undefined;
}

/** Draws the lanes that are on the screen. @param width in px of the page @param height the same */
export function draw(canvas: HTMLCanvasElement, width: number, height: number, picture: Picture): void {
  const { lanes, scrolled, view, now, selected, pointed } = picture;
  const pen = penOf(canvas, width, height);
  if (!pen) return;
  const colours = coloursOf(canvas);
  const first = Math.max(0, Math.floor(scrolled / LANE_PX));
  const shown = lanes.slice(first, Math.ceil((scrolled + height) / LANE_PX));
  const bottom = Math.min(height, lanes.length * LANE_PX - scrolled);
  drawGround(pen, colours, picture, width, bottom);
  shown.forEach((lane, index) => {
    const at = first + index;
    for (const bar of lane.bars) {
      const box = boxOf(bar, lane, at, view, now);
      if (box.x > width || box.x + box.width < 0) continue;
      const place = { ...box, y: box.y - scrolled };
      drawBar(pen, bar.outcome, place, colours);
      if (bar.key === selected?.key && bar.agent === selected.agent) ring(pen, place, colours.text, 2);
      else if (bar.key === pointed?.key && bar.agent === pointed.agent) ring(pen, place, colours.faint, 1);
    }
    pen.fillStyle = colours.line;
    if (at + 1 < lanes.length) pen.fillRect(0, (at + 1) * LANE_PX - scrolled - 1, width, 1);
  });
}

/** An outcome as it is drawn, for the legend. */
export function drawSample(canvas: HTMLCanvasElement, outcome: Outcome, width: number, height: number): void {
  const pen = penOf(canvas, width, height);
  if (pen) drawBar(pen, outcome, { x: 1, y: 1, width: width - 2, height: height - 2 }, coloursOf(canvas));
}

/** A canvas has the pixels of the screen, not those of the page. */
function penOf(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D | null {
  const ratio = window.devicePixelRatio || 1;
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== across) canvas.width = across;
  if (canvas.height !== down) canvas.height = down;
  const pen = canvas.getContext("2d");
  pen?.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen?.clearRect(0, 0, width, height);
  return pen;
}

function coloursOf(canvas: HTMLCanvasElement): Colours {
  const style = getComputedStyle(canvas);
  return Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(`--${name}`).trim()])) as Colours;
}

/** Gaps, lines at round moments, and now. */
function drawGround(
  pen: CanvasRenderingContext2D,
  colours: Colours,
  { view: { scale, offset }, ticks, now }: Picture,
  width: number,
  bottom: number,
): void {
  pen.fillStyle = colours.line;
  for (const tick of ticks) pen.fillRect(Math.round(xOf(scale, tick) - offset), 0, 1, bottom);
  for (const { isGap, x, width: wide } of scale.pieces) {
    if (!isGap || x - offset > width || x + wide - offset < 0) continue;
    const box = { x: x - offset, y: 0, width: wide, height: bottom };
    pen.fillStyle = colours.sunken;
    pen.fillRect(box.x, box.y, box.width, box.height);
    stripes(pen, box, colours.line, 9);
  }
  pen.fillStyle = colours.accent;
  pen.fillRect(Math.round(xOf(scale, now) - offset) - 1, 0, 1, bottom);
}

/** Each outcome has a shape of its own beside its colour. */
function drawBar(pen: CanvasRenderingContext2D, outcome: Outcome, box: Box, colours: Colours): void {
  const { x, y, width, height } = box;
  const isWide = width >= PATTERN_PX;
  switch (outcome) {
    case "completed":
      pen.fillStyle = colours.good;
      pen.fillRect(x, y, width, height);
      break;
    case "failed":
      pen.fillStyle = colours.bad;
      pen.fillRect(x, y, width, height);
      if (isWide) stripes(pen, box, colours.surface, STRIPE_PX);
      break;
    case "lost":
      outline(pen, box, colours.bad, isWide ? [3, 2] : [], colours.surface);
      break;
    case "handed_back":
      outline(pen, box, colours.faint, [], colours.surface);
      break;
    case "cancelled":
      pen.fillStyle = colours.faint;
      pen.fillRect(x, y + height / 3, width, Math.max(1, height / 3));
      break;
    case null: {
      const tip = isWide ? Math.min(6, width / 2) : 0;
      pen.fillStyle = colours.accent;
      pen.beginPath();
      pen.moveTo(x, y);
      pen.lineTo(x + width - tip, y);
      pen.lineTo(x + width, y + height / 2);
      pen.lineTo(x + width - tip, y + height);
      pen.lineTo(x, y + height);
      pen.fill();
    }
  }
}

function outline(pen: CanvasRenderingContext2D, box: Box, colour: string, dash: number[], fill: string): void {
  pen.fillStyle = fill;
  pen.fillRect(box.x, box.y, box.width, box.height);
  pen.strokeStyle = colour;
  pen.lineWidth = 1.5;
  pen.setLineDash(dash);
  pen.strokeRect(box.x + 0.75, box.y + 0.75, Math.max(0, box.width - 1.5), Math.max(0, box.height - 1.5));
  pen.setLineDash([]);
}

function stripes(pen: CanvasRenderingContext2D, { x, y, width, height }: Box, colour: string, apart: number): void {
  pen.save();
  pen.beginPath();
  pen.rect(x, y, width, height);
  pen.clip();
  pen.strokeStyle = colour;
  pen.lineWidth = 1.5;
  pen.beginPath();
  // Those that are off the screen would be many at a deep zoom.
  const from = x + Math.max(0, Math.floor(-x / apart)) * apart;
  const to = Math.min(x + width, pen.canvas.width) + height;
  for (let at = from; at < to; at += apart) {
    pen.moveTo(at, y);
    pen.lineTo(at - height, y + height);
  }
  pen.stroke();
  pen.restore();
}

function ring(pen: CanvasRenderingContext2D, { x, y, width, height }: Box, colour: string, wide: number): void {
  pen.strokeStyle = colour;
  pen.lineWidth = wide;
  pen.strokeRect(x - wide, y - wide, width + 2 * wide, height + 2 * wide);
}
