import swagger from "@fastify/swagger";
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from "fastify-type-provider-zod";
import { VERSION } from "../version.js";
import type { Api } from "./api.js";

/** What no JSON schema can say is left open in the description; the zod schema still checks it. */
const JSON_SCHEMA = { unrepresentable: "any" } as const;
const ABOUT =
  "Every operation of mjagent over HTTP. Errors are application/problem+json with the codes of the command line.";

const withComponents = createJsonSchemaTransformObject({ zodToJsonConfig: JSON_SCHEMA });

/** Describes the routes that are added afterwards as OpenAPI 3.1, by their zod schemas. */
export async function describeRoutes(app: Api): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "mjagent coordinator", version: VERSION, description: ABOUT },
      components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
      security: [{ token: [] }],
    },
    transform: createJsonSchemaTransform({ zodToJsonConfig: JSON_SCHEMA }),
    transformObject: (document) => {
      const whole = withComponents(document);
      // Each schema is made as what is sent and as what is answered, of which most are only one.
      const text = JSON.stringify(whole);
      const schemas = "components" in whole ? (whole.components.schemas ?? {}) : {};
      for (const name of Object.keys(schemas)) {
        if (!text.includes(`"#/components/schemas/${name}"`)) Reflect.deleteProperty(schemas, name);
      }
      return whole;
    },
  });
}
