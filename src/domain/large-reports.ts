import { idOfHandoff } from "./identity.js";
import {
  beginningOf,
  bytesOf,
  type InlineLimits,
  kib,
  type LargeValue,
  objectName,
  takePayloadOut,
  tooLarge,
} from "./large-values.js";
import type { AttemptReport } from "./report.js";
import { type TaskResult, type PreparedTask } from "./task.js";

/**
 * Takes what would make the record too large out of a report. The same report always gives the same objects, so a
 * replay writes the same ones again. Hand-offs that are too large even so make a completed attempt a failed one.
 */
export function takeValuesOut(
  report: AttemptReport,
  task_id: string,
  limits: InlineLimits,
): { report: AttemptReport; objects: LargeValue[] } {
  const { epoch } = report.fence;
  const name = objectName("result", task_id, epoch);
  switch (report.type) {
    case "handed_back":
      return { report, objects: [] };
    case "attempt_failed": {
      const { kept, objects } = report.result === null ? KEPT_NOTHING : takeResultOut(report.result, limits, name);
      return { report: { ...report, ...kept, message: beginningOf(report.message, limits.message) }, objects };
    }
    case "completed": {
      const { kept, objects } = takeResultOut(report.result, limits, name);
      const taken = takeHandoffOut(report.handoff, task_id, epoch, limits);
      if ("refused" in taken) {
        const { fence } = report;
        return { report: { ...INVALID, fence, message: beginningOf(taken.refused, limits.message), ...kept }, objects };
      }
      return { report: { ...report, ...kept, handoff: taken.handoff }, objects: [...objects, ...taken.objects] };
    }
  }
}

const INVALID = { type: "attempt_failed", reason: "invalid_output", retryable: false, delay_ms: 0 } as const;
const KEPT_NOTHING = { kept: { result: null }, objects: [] };

interface Kept {
  kept: { result: TaskResult; result_object?: string };
  objects: LargeValue[];
}

function takeResultOut(result: TaskResult, limits: InlineLimits, name: string): Kept {
  const json = JSON.stringify(result);
  if (bytesOf(json) <= limits.value) return { kept: { result }, objects: [] };
  return { kept: { result: beginningOfResult(result, limits), result_object: name }, objects: [{ name, json }] };
}

/** What the record keeps of a result that is kept elsewhere. */
function beginningOfResult(result: TaskResult, limits: InlineLimits): TaskResult {
  const { summary, session_id, artifacts, artifacts_left_out } = result;
  let room = limits.message;
  const fits = (text: string): boolean => (room -= bytesOf(JSON.stringify(text)) + 1) >= 0;
  return {
    ...result,
    summary: summary && beginningOf(summary, limits.message),
    session_id: session_id && beginningOf(session_id, limits.message),
    artifacts: artifacts.filter(fits),
    ...(artifacts_left_out && { artifacts_left_out: artifacts_left_out.filter(fits) }),
    output: null,
    data: null,
  };
}

/** What the name of an object and the keys take, besides the excerpt itself. */
const REFERENCE_BYTES = 256;

/** Of hand-offs too large for their parent's record, the payloads become objects of the children. */
function takeHandoffOut(
  handoff: readonly PreparedTask[],
  parentId: string,
  epoch: number,
  limits: InlineLimits,
): { handoff: PreparedTask[]; objects: LargeValue[] } | { refused: string } {
  const bytes = bytesOf(JSON.stringify(handoff));
  if (bytes <= limits.value) return { handoff: [...handoff], objects: [] };
  for (const task of handoff) {
    const why = tooLarge(task, limits);
    if (why !== null) return { refused: `the hand-off ${JSON.stringify(task.title)} is too large: ${why}` };
  }
  const bare = bytesOf(JSON.stringify(handoff.map(({ payload: _, ...rest }) => rest)));
  const share = Math.floor((limits.value - bare) / handoff.length);
  const value = share - REFERENCE_BYTES;
  if (value < 0) {
    const what = `${handoff.length} hand-offs have ${kib(bare)} without their payloads`;
    return { refused: `${what}; ${kib(limits.value)} is the limit: hand off to fewer tasks, or with shorter texts` };
  }
  const objects: LargeValue[] = [];
  const light = handoff.map((task, index) => {
    const name = objectName("payload", idOfHandoff(parentId, index), epoch);
    const taken = takePayloadOut(task, { ...limits, value, excerpt: Math.min(limits.excerpt, value) }, name);
    if (taken.object) objects.push(taken.object);
    return taken.task;
  });
  return { handoff: light, objects };
}
