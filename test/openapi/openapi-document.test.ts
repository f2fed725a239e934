import { describe, expect, it } from "vitest";
import { compareBodies, variantsOf } from "./compare-bodies.ts";
import { readOpenApi } from "./openapi-document.ts";

const document = (version: string, text: string) => `openapi: ${version}
paths:
  /things/{id}:
    put:
      parameters:
        - { name: page, in: query }
        - { name: id, in: path }
      requestBody:
        content: { application/json: { schema: { $ref: "#/components/schemas/Thing" } } }
      responses:
        "200":
          content: { application/json: { schema: { $ref: "#/components/schemas/Thing" } } }
        "204": {}
        "404": { $ref: "#/components/responses/NotFound" }
  /things/all:
    get: { responses: {} }
components:
  responses:
    NotFound:
      content: { application/json: { schema: { type: object, required: [message] } } }
  schemas:
    Thing:
      type: object
      required: [name]
      properties:
        name: { type: string }
        at: { type: string, format: date-time }
        note: ${text}
`;

describe.each([
  ["3.0.3", "{ type: string, nullable: true }"],
  ["3.1.0", "{ type: [string, 'null'] }"],
])("an OpenAPI document %s", (version, text) => {
  const things = readOpenApi(document(version, text)).operation("PUT", "/things/7");

  it("tells what a request may hold, nulls and formats included", () => {
    expect(things?.requestMembers).toEqual(["name", "at", "note"]);
    expect(things?.queryParameters).toEqual(["page"]);
    expect(things?.requestBody?.({ name: "x", note: null, at: "2026-11-21T10:00:00Z", more: 1 })).toEqual([]);
    expect(things?.requestBody?.({ name: null })).toEqual(["/name must be string"]);
    expect(things?.requestBody?.({ at: "2026-11-21 10:00" })).toEqual([
      "the body must have required property 'name'",
      '/at must match format "date-time"',
    ]);
  });

  it("tells what each status may be answered with", () => {
    expect(things?.answers.get(200)?.({ name: 7 })).toEqual(["/name must be string"]);
    expect(things?.answers.get(404)?.({})).toEqual(["the body must have required property 'message'"]);
    expect([things?.answers.has(204), things?.answers.get(204)]).toEqual([true, undefined]);
    expect(things?.answers.has(500)).toBe(false);
  });

  it("is found in a page of documentation as well", () => {
    const page = `# Update\n\n\`\`\`\`yaml PUT /things/{id}\n${document(version, text)}\`\`\`\`\n\nMore.`;
    expect(readOpenApi(page).operation("PUT", "/things/7")?.name).toBe("PUT /things/{id}");
  });
});

it("a literal path is no id, and what is not described is no operation", () => {
  const read = readOpenApi(document("3.1.0", "{}"));
  expect(read.operation("GET", "/things/all")?.name).toBe("GET /things/all");
  expect(read.operation("PUT", "/things/all")).toBeUndefined();
  expect(read.operation("GET", "/things/7/parts")).toBeUndefined();
  expect(() => readOpenApi("# A page")).toThrow("no OpenAPI 3 document");
});

it("bodies that only one side takes are differences", async () => {
  const operation = readOpenApi(document("3.1.0", "{}")).operation("PUT", "/things/7");
  if (operation === undefined) throw new Error("not described");
  const strict = async (body: object) => ("name" in body && body.name === "text" ? 200 : 400);
  const differences = await compareBodies(operation, { name: "text" }, strict);
  expect(differences).toContain(
    'PUT /things/{id} with name = "": the document takes it, the simulator answers 400',
  );
  expect(differences.some((line) => line.includes("with name = null"))).toBe(false);
  const lax = await compareBodies(operation, { name: "text" }, async () => 200);
  expect(lax).toContain("PUT /things/{id} without name: the document forbids it, the simulator answers 200");
  expect(variantsOf({ name: "text" }, ["name", "note"])).toHaveLength(21);
});
