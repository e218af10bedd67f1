import type { TaskRecord } from "./task.js";

/** Whose attempt it is: a report is accepted only while all three still match the record. */
export interface Fence {
  owner: string;
  instance_id: string;
  epoch: number;
}

export const holdsFence = (record: TaskRecord, fence: Fence): boolean =>
  record.owner === fence.owner && record.instance_id === fence.instance_id && record.epoch === fence.epoch;
