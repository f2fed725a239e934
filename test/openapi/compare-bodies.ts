/** Which bodies a document takes and which the simulator takes: a body that only one of them takes is a difference. */
import type { JsonObject, JsonValue } from "../../shared/platform/json.ts";
import type { DocumentedOperation } from "./openapi-document.ts";

/** `what` reads on after the name of a request. */
export type Variant = { readonly what: string; readonly body: JsonObject };

const values: readonly JsonValue[] = [null, true, 17, "", "text", [], [17], ["text"], {}, { member: "text" }];

/** The body with each member left out, and with values of every kind in its place. */
export function variantsOf(body: JsonObject, members: readonly string[]): readonly Variant[] {
  return [...new Set([...Object.keys(body), ...members])].flatMap((member) => {
    const { [member]: own, ...without } = body;
    const left = own === undefined ? [] : [{ what: `without ${member}`, body: without }];
    const others = values.map((value) => ({
      what: `with ${member} = ${JSON.stringify(value)}`,
      body: { ...body, [member]: value },
    }));
    return [...left, ...others];
  });
}

/** `send` answers the simulator's status. */
export async function compareBodies(
  { name, requestBody: check, requestMembers }: DocumentedOperation,
  body: JsonObject,
  send: (body: JsonObject) => Promise<number>,
): Promise<readonly string[]> {
  if (check === undefined) return [];
  const differences: string[] = [];
  for (const variant of variantsOf(body, requestMembers)) {
    const isDocumented = check(variant.body).length === 0;
    const status = await send(variant.body);
    if (isDocumented !== status < 400) {
      const document = isDocumented ? "the document takes it" : "the document forbids it";
      differences.push(`${name} ${variant.what}: ${document}, the simulator answers ${status}`);
    }
  }
  return differences;
}
