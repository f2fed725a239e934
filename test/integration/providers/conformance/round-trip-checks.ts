/** Nothing that a provider holds is lost or rewritten on its way in or out, known or not. */
import fc from "fast-check";
import { expect } from "vitest";
import { canonicalJson } from "../../../../shared/definition/document/canonical-form.ts";
import { contentOf } from "../../../../shared/definition/document/content.ts";
import { compareWithSent } from "../../../../shared/definition/document/covered.ts";
import { isJsonObject, type JsonObject, parseJson, stringifyJson } from "../../../../shared/platform/json.ts";
import { bodyOfEdit, type ConformanceCheck, options, shown } from "./check.ts";

/** Members that no provider documents, with number texts that a double or a reprint would change. */
export const unknownMembers = parseJson(
  `{"x_weight":1.0,"x_big":12345678901234567890,"x_null":null,"x_text":"a\\u2028b ü \\ud83d\\ude00 ",
    "x_nested":{"list":[{"e":1E+2,"args":[]}],"deep":{"empty":{}}}}`,
) as JsonObject;

/** Never like an array index, because JavaScript objects put those first. */
const memberName = fc.string({ unit: "binary" }).map((text) => `x${text}`);
const number = fc
  .constantFrom("-0", "1.0", "3.10", "1e3", "0.1e-7", "12345678901234567890", "1e999")
  .map((text) => parseJson(text));
const unknownValue = fc.letrec<{ value: JsonObject[string] }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, true, false),
    number,
    fc.string({ unit: "grapheme" }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(memberName, tie("value"), { maxKeys: 4 }),
  ),
})).value;

export const roundTripChecks: readonly ConformanceCheck[] = [
  {
    title: "reads every member, known or not, and the text of every number",
    async run({ account, provider }) {
      const id = account.createOutside("read", unknownMembers);
      const { body } = await provider.get(id, options);
      const stored = stringifyJson(account.stored(id));
      expect(body.definitionId).toBe(id);
      expect(stringifyJson(body.value)).toBe(stored);
      expect(stringifyJson(parseJson(body.text))).toBe(stored);
    },
  },
  {
    title: "shows in lists what it reads by id",
    async run({ account, provider }) {
      const id = account.createOutside("listed", unknownMembers);
      const [row, ...others] = (await provider.list(account.scopes[0], undefined, options)).body.definitions;
      expect(others).toEqual([]);
      expect(stringifyJson(row?.value)).toBe(stringifyJson(account.stored(id)));
      expect(row?.text).toBe(stringifyJson(row?.value));
    },
  },
  {
    title: "leaves every member as it was that an edit does not touch",
    async run(world) {
      const { account, provider } = world;
      const id = account.createOutside("edited", unknownMembers);
      const before = contentOf(account.stored(id) ?? {}, provider.dialect.bookkeeping);
      const { name } = account.members;
      await provider.update(id, await bodyOfEdit(world, id, { [name]: "renamed" }), options);
      const after = contentOf(account.stored(id) ?? {}, provider.dialect.bookkeeping);
      expect(canonicalJson(after)).toBe(canonicalJson({ ...before, [name]: "renamed" }));
      expect(numberTexts(after)).toEqual(numberTexts(before));
    },
  },
  {
    title: "keeps any unknown member over a read, an edit and a read",
    async run(world) {
      const { account, provider } = world;
      const id = account.createOutside("unknown");
      const { prompt } = account.members;
      await fc.assert(
        fc.asyncProperty(memberName, unknownValue, fc.uuid(), async (name, value, text) => {
          account.writeOutside(id, name, value);
          await provider.update(id, await bodyOfEdit(world, id, { [prompt]: text }), options);
          const { value: read } = (await provider.get(id, options)).body;
          account.writeOutside(id, name, undefined);
          expect(stringifyJson(read[name])).toBe(stringifyJson(value));
          expect(read[prompt]).toBe(text);
        }),
        { numRuns: 30 },
      );
    },
  },
  {
    title: "makes anew what was recorded, in the same scope",
    async run({ account, provider }) {
      const { dialect } = provider;
      const recorded = account.stored(account.createOutside("recorded")) ?? {};
      const body = dialect.recreateBody(recorded);
      const sent = contentOf(body, dialect.bookkeeping);
      expect(canonicalJson(body)).toBe(canonicalJson(sent));
      const made = await shown(provider, (await provider.create(body, options)).body);
      expect(made.definitionId).not.toBe(recorded[account.members.id]);
      const content = contentOf(made.value, dialect.bookkeeping);
      expect(compareWithSent({ operation: "create", body: sent }, content, dialect.rewriteSet)).toEqual({
        covered: true,
        differences: [],
      });
      const known = contentOf(recorded, dialect.bookkeeping);
      expect(canonicalJson(content)).toBe(canonicalJson(known));
      expect(dialect.scopeOf(content)).toBe(dialect.scopeOf(known));
    },
  },
];

/** In the order of the members. */
function numberTexts(value: JsonObject): readonly string[] {
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, member]) =>
      isJsonObject(member) ? numberTexts(member) : (stringifyJson(member).match(/-?\d[\d.eE+-]*/g) ?? []),
    );
}
