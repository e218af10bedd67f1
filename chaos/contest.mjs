/** What `npm run race` is about: three roles, and tasks that two or all three of them match. */
export const WORKSPACE = { id: "RACE", prefix: "race" };

export const ROLES = {
  red: ["red-green", "red-blue", "any"],
  green: ["red-green", "green-blue", "any"],
  blue: ["red-blue", "green-blue", "any"],
};
const TYPES = ["red-green", "green-blue", "red-blue", "any"];

/** Every task has two roles that match it, every fourth all three. */
export const contestTasks = (n) =>
  Array.from({ length: n }, (_, i) => ({ task_id: `race-${i}`, title: `race ${i}`, type: TYPES[i % TYPES.length] }));

/** Roles in turn, and one to three slots. */
export const contestAgents = (n) =>
  Array.from({ length: n }, (_, i) => ({ id: `Racer-${i + 1}`, role: Object.keys(ROLES)[i % 3], slots: 1 + (i % 3) }));

/**
 * Holds the claims against the tasks, counted from outside the engine: what was announced, what the records say, and
 * what the handlers ran.
 * @returns which tasks were claimed or run other than exactly once, and what shows it
 */
export function contestProblems({ tasks, claims, records, executed }) {
  const claimed = tally(claims.map(({ message }) => message.task_id));
  const ran = tally(executed.map(([id]) => id));
  return tasks.flatMap(({ task_id: id }) => {
    const record = records.get(id);
    const wrong = [
      ran.get(id) !== 1 && `run ${ran.get(id) ?? 0} times`,
      claimed.get(id) !== 1 && `announced as claimed ${claimed.get(id) ?? 0} times`,
      record?.status !== "completed" && `its record is ${record?.status ?? "missing"}`,
      record && record.epoch !== 1 && `its record is at epoch ${record.epoch}`,
      record && record.history.length !== 1 && `its record has ${record.history.length} attempts`,
    ].filter((what) => what !== false && what !== undefined);
    return wrong.length === 0 ? [] : [`${id}: ${wrong.join("; ")}`];
  });
}

function tally(words) {
  const counts = new Map();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
