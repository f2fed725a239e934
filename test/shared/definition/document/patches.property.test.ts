import fc from "fast-check";
import { applyPatch } from "rfc6902";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../../../shared/definition/document/canonical-form.ts";
import { diff } from "../../../../shared/definition/document/diff.ts";
import { applyJsonPatch, patchFaults } from "../../../../shared/definition/document/json-patch.ts";
import { applyMergePatch } from "../../../../shared/definition/document/merge-patch.ts";
import { stringifyJson } from "../../../../shared/platform/json.ts";
import { arbitraryJson, arbitraryObject } from "../../../support/json-arbitraries.ts";

describe("diff", () => {
  it("leads from the one document to the other, whatever they hold", () => {
    fc.assert(
      fc.property(arbitraryJson, arbitraryJson, (from, to) => {
        const result = applyJsonPatch(from, diff(from, to));
        expect(result.outcome).toBe("patched");
        if (result.outcome === "patched") expect(canonicalJson(result.value)).toBe(canonicalJson(to));
      }),
      { numRuns: 500 },
    );
  });

  it("of arrays that share elements leads there as an independent library understands it", () => {
    const element = fc.oneof(
      fc.constantFrom(0, "a", null),
      fc.array(fc.constantFrom(0, 1), { maxLength: 3 }),
    );
    const arrays = fc.array(fc.oneof(element, fc.record({ in: fc.array(element, { maxLength: 6 }) })));
    fc.assert(
      fc.property(arrays, arrays, (from, to) => {
        const document = { value: structuredClone(from) };
        const faults = applyPatch(document, structuredClone(diff({ value: from }, { value: to })) as never);
        expect(faults.every((fault) => fault === null)).toBe(true);
        expect(document).toEqual({ value: to });
      }),
      { numRuns: 500 },
    );
  });

  it("is empty exactly for canonically equal documents", () => {
    fc.assert(
      fc.property(arbitraryJson, arbitraryJson, (from, to) => {
        expect(diff(from, to).length === 0).toBe(canonicalJson(from) === canonicalJson(to));
      }),
    );
  });

  it("is itself a well-formed JSON Patch", () => {
    fc.assert(
      fc.property(arbitraryJson, arbitraryJson, (from, to) => {
        expect(patchFaults([...diff(from, to)])).toEqual([]);
      }),
    );
  });
});

describe("applying a patch", () => {
  it("never changes the document that it is applied to", () => {
    fc.assert(
      fc.property(arbitraryObject, arbitraryObject, (target, patch) => {
        const before = stringifyJson(target);
        applyMergePatch(target, patch);
        applyJsonPatch(target, diff(target, patch));
        expect(stringifyJson(target)).toBe(before);
      }),
    );
  });

  it("leaves the text of every member that it does not name as it was", () => {
    fc.assert(
      fc.property(arbitraryObject, (target) => {
        const patched = applyMergePatch(target, { "added by the patch": 1 });
        expect(stringifyJson({ ...patched, "added by the patch": undefined })).toBe(
          stringifyJson({ ...target, "added by the patch": undefined }),
        );
      }),
    );
  });

  it("merges as RFC 7396 says: twice is once", () => {
    fc.assert(
      fc.property(arbitraryObject, arbitraryObject, (target, patch) => {
        const once = applyMergePatch(target, patch);
        expect(canonicalJson(applyMergePatch(once, patch))).toBe(canonicalJson(once));
      }),
    );
  });
});
