const decoder = new TextDecoder();

/** The JSON of a message, or undefined when it is not JSON. */
export function decodeJson(data: Uint8Array): unknown {
  return parseJson(decoder.decode(data));
}

/** The value of a text, or undefined when it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
