import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { definitionPath, pathSegment, textOfSegment } from "../../../functions/query-api/path-segment.ts";

const text = fc.oneof(
  fc.string({ minLength: 1, unit: "grapheme" }),
  fc.constantFrom(".", "..", "b64.", "b64.YQ", "a/b", "%", "%2F", "a b", "~a:b", "\u0000"),
);

describe("an id in a path", () => {
  it("comes back as it was, and has only characters that no client or gateway touches", () => {
    fc.assert(
      fc.property(text, (id) => {
        const segment = pathSegment(id);
        expect(segment).toMatch(/^[A-Za-z0-9._~:-]+$/);
        expect(textOfSegment(segment)).toBe(id);
        // Neither a URL's resolution nor the gateway's decoding changes it.
        const path = definitionPath("retell", id);
        expect(decodeURIComponent(new URL(path, "https://api.example").pathname)).toBe(path);
      }),
    );
  });

  it("is written in one way only", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^b64\.[A-Za-z0-9_=-]{0,8}$/), (segment) => {
        const id = textOfSegment(segment);
        // What is not marked by need is read, but a mark is read only in the form in which it is written.
        expect(id === undefined || `b64.${Buffer.from(id, "utf8").toString("base64url")}` === segment).toBe(
          true,
        );
      }),
    );
  });
});
