import fc from "fast-check";
import { expect, it } from "vitest";
import { contentOf } from "../../../shared/definition/document/content.ts";
import { ID, retell } from "./retell-context.ts";
import { answering, options } from "./scripted-provider.ts";

/** JSON texts, not values: what must survive is how the provider wrote it. */
const numberText = fc.oneof(
  fc.constantFrom("0", "-0", "1.0", "3.10", "1e3", "1E+2", "0.1e-7", "12345678901234567890", "1e999"),
  fc.integer().map(String),
);
const stringText = fc.string({ unit: "binary" }).map((text) => JSON.stringify(text));
/** Never like an array index, because JavaScript objects put those first. */
const nameText = fc.string({ unit: "binary" }).map((text) => JSON.stringify(`x${text}`));

const object = (members: readonly (readonly [string, string])[]) =>
  `{${members.map(([name, value]) => `${name}:${value}`).join(",")}}`;

const { value: jsonText } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom("null", "true", "false"),
    numberText,
    stringText,
    fc.array(tie("value"), { maxLength: 4 }).map((items) => `[${items.join(",")}]`),
    fc
      .uniqueArray(fc.tuple(nameText, tie("value")), { maxLength: 4, selector: ([name]) => name })
      .map(object),
  ),
}));

const inputNames = [
  "name",
  "response_engine",
  "user_prompt",
  "metrics",
  "dynamic_variables",
  "tool_mocks",
  "llm_model",
  "__proto__",
].map((name) => JSON.stringify(name));

/** Known and unknown members, in any order, with any values. */
const contentMembers = fc.uniqueArray(
  fc.tuple(fc.oneof(fc.constantFrom(...inputNames), nameText), jsonText),
  { maxLength: 12, selector: ([name]) => name },
);

it("sends back every member and number as Retell wrote it", async () => {
  let current = "";
  const { provider, server } = await retell((request, response) =>
    answering(200, current)(request, response),
  );
  await fc.assert(
    fc.asyncProperty(contentMembers, async (members) => {
      const bookkeeping = [
        ['"test_case_definition_id"', `"${ID}"`],
        ['"type"', '"simulation"'],
        ['"creation_timestamp"', "1761074675536"],
        ['"user_modified_timestamp"', "1761074796123.0"],
      ] as const;
      current = object([...bookkeeping.slice(0, 2), ...members, ...bookkeeping.slice(2)]);

      const { body: live } = await provider.get(ID, options);
      const { dialect } = provider;
      const content = contentOf(live.value, dialect.bookkeeping);
      await provider.update(ID, dialect.updateBody(ID, content, content, live.value), options);

      expect(live.text).toBe(current);
      expect(server.requests.at(-1)).toMatchObject({ method: "PUT", body: object(members) });
    }),
    { numRuns: 200 },
  );
});
