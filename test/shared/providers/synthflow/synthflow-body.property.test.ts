import fc from "fast-check";
import { expect, it } from "vitest";
import { evaluate } from "../../../../shared/change-request/attempt/wanted.ts";
import { canonicalJson } from "../../../../shared/definition/document/canonical-form.ts";
import { contentOf } from "../../../../shared/definition/document/content.ts";
import { parseConnections } from "../../../../shared/platform/config.ts";
import type { JsonObject, JsonValue } from "../../../../shared/platform/json.ts";
import { dialectFor } from "../../../../shared/providers/dialect-for-connection.ts";

const [connection] = parseConnections([
  { id: "synthflow", provider: "synthflow", baseUrl: "https://api.example/v2" },
]);
if (connection === undefined) throw new Error("no connection");
const dialect = dialectFor(connection);

const five = ["name", "prompt", "success_criteria", "call_success_type", "suite_id"];
const uuid = "f47ac10b-58cc-4372-a567-0e02b2c3d479";

type Entry = [name: string, value: JsonValue];

const oddValue: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.constantFrom<JsonValue>(null, "all", uuid, "", 7, true, [], {}),
  fc.array(fc.string(), { maxLength: 3 }),
  fc.record({ model_id: fc.string(), agent_name: fc.string() }),
);
const others = [
  "type",
  "base_agent",
  "base_agent_id",
  "workspace_id",
  "updated_at",
  "language",
  "tool_mocks",
];
const odd: fc.Arbitrary<Entry> = fc.tuple(fc.constantFrom(...five, ...others), oddValue);
const fit: fc.Arbitrary<Entry> = fc.oneof(
  fc.tuple(fc.constantFrom("name", "prompt"), fc.string()),
  fc.tuple(fc.constant("success_criteria"), fc.array(fc.string(), { maxLength: 3 })),
  fc.tuple(fc.constant("call_success_type"), fc.constantFrom("all", "any")),
  fc.tuple(fc.constant("suite_id"), fc.constant(uuid)),
);
const entry = fc.oneof({ arbitrary: fit, weight: 9 }, { arbitrary: odd, weight: 1 });
const members = fc.array(entry, { maxLength: 4 }).map((entries): JsonObject => Object.fromEntries(entries));

const live = fc
  .tuple(fc.array(entry, { maxLength: 2 }), fc.constantFrom(null, uuid), fc.boolean())
  .map(([entries, suiteId, hasType]): JsonObject => {
    const agent = { model_id: "m", agent_name: "Billing" };
    return {
      name: "n",
      prompt: "p",
      ...(hasType && { type: "custom" }),
      success_criteria: ["c"],
      call_success_type: "all",
      suite_id: suiteId,
      base_agent: agent,
      ...Object.fromEntries(entries),
    };
  });

it("an edit of any kind sends none but the five members, no null, and everything that it changes", () => {
  const operations: fc.Arbitrary<JsonObject> = fc.oneof(
    members.map((patch) => ({ operation: "update", patch })),
    fc
      .array(
        fc.tuple(fc.constantFrom("add", "add", "add", "remove"), entry).map(([op, [name, value]]) => ({
          op,
          path: `/${name}`,
          ...(op !== "remove" && { value }),
        })),
        { maxLength: 4 },
      )
      .map((patch) => ({ operation: "update", patch })),
    members.map((definition) => ({ operation: "replace", definition })),
    fc.constant({ operation: "restore", restore: { version: 1 } }),
  );
  let sent = 0;
  fc.assert(
    fc.property(live, live, operations, (document, restored, operation) => {
      const base = contentOf(document, dialect.bookkeeping);
      const request = { requestId: "r", connection: "synthflow", definitionId: uuid, ...operation };
      const evaluation = evaluate(
        request as unknown as Parameters<typeof evaluate>[0],
        { version: 1, contentHash: "sha256:x", content: base },
        dialect,
        { restored: contentOf(restored, dialect.bookkeeping) },
      );
      if (evaluation.kind !== "send") return;
      sent += 1;
      const body = dialect.updateBody(uuid, base, evaluation.wanted, document);
      for (const [name, given] of Object.entries(body)) {
        expect(five).toContain(name);
        expect(given).not.toBeNull();
      }
      // What the provider merges is what was wanted.
      expect(canonicalJson({ ...base, ...body })).toBe(canonicalJson(evaluation.wanted));
    }),
    { numRuns: 2_000 },
  );
  expect(sent).toBeGreaterThan(100);
});
