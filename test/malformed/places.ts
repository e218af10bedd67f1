import { expect } from "vitest";
import { MjError } from "../../src/errors.js";

/** Every line of what is said about a file begins with its place in it. */
export function expectPlaces(error: unknown, file: string): asserts error is MjError {
  expect(error).toBeInstanceOf(MjError);
  const { code, message } = error as MjError;
  expect(code).toBe("usage");
  expect(message).not.toMatch(/call stack|Invalid array length|is not a function|Cannot read|\[object/);
  for (const line of message.split("\n")) {
    expect(line.slice(0, file.length + 1)).toBe(`${file}:`);
    expect(line.slice(file.length, file.length + 400)).toMatch(/^:[1-9]\d*:[1-9]\d*: \S.{3}/);
  }
}
