import { Ajv, type ValidateFunction } from "ajv";
import type { Json } from "../domain/json-value.js";
import { messageOf } from "../errors.js";

const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false });
const compiled = new WeakMap<object, ValidateFunction>();

/** What is wrong with a JSON Schema itself; null: nothing. */
export function schemaFault(schema: object): string | null {
  try {
    compile(schema);
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

/** Why a value is not valid by a schema, in one line; null: it is. */
export function schemaProblem(schema: object, value: Json): string | null {
  const validate = compile(schema);
  if (validate(value)) return null;
  return ajv.errorsText(validate.errors?.slice(0, 5), { dataVar: "data", separator: "; " });
}

function compile(schema: object): ValidateFunction {
  const known = compiled.get(schema);
  if (known) return known;
  const validate = ajv.compile(schema);
  compiled.set(schema, validate);
  return validate;
}
