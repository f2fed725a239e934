/**
 * The change request: what may be asked for, as one schema for the queue, the API and the published JSON Schema.
 * Unknown fields and fields of another operation are refused, because a typo must not become a silent no-op;
 * unknown members inside `definition` and `patch` are the provider's business and pass on.
 */
import * as z from "zod/mini";
import { parseInstant } from "../platform/instant.ts";
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../platform/json.ts";

const requestId = z
  .string()
  .check(z.regex(/^[A-Za-z0-9._:-]{1,128}$/, "must be 1 to 128 of A-Z a-z 0-9 . _ : -"));

const text = (characters: number) =>
  z.string().check(z.maxLength(characters, `must have at most ${characters} characters`));

/** Ids are opaque; the size (UTF-8) keeps the indexes' sort keys within DynamoDB's 1 024 bytes. */
export const MAX_ID_BYTES = 512;
const definitionId = z.string().check(
  z.minLength(1, "must not be empty"),
  z.refine((id) => Buffer.byteLength(id) <= MAX_ID_BYTES, `must have at most ${MAX_ID_BYTES} bytes`),
);

const jsonObject = z.custom<JsonObject>((value) => isJsonObject(value as JsonValue), "must be an object");

const patch = z.custom<JsonObject | readonly JsonValue[]>(
  (value) => isJsonObject(value as JsonValue) || isJsonArray(value as JsonValue),
  "must be an object (JSON Merge Patch, RFC 7396) or an array of operations (JSON Patch, RFC 6902)",
);

const expect = z.strictObject({
  version: z.optional(z.int().check(z.gte(0, "must be a version number, 0 or more"))),
  /** Epoch ms, or the provider's raw string. */
  modifiedTimestamp: z.optional(
    z.union([z.int(), z.string()], "must be epoch milliseconds or the provider's own text"),
  ),
  contentHash: z.optional(
    z.string().check(z.regex(/^sha256:[0-9a-f]{64}$/, "must be sha256: and 64 hex digits")),
  ),
});

const keepEngineVersion = z.optional(z.boolean());
const restore = z.union(
  [
    z.strictObject({
      version: z.int().check(z.gte(1, "must be a version number, 1 or more")),
      keepEngineVersion,
    }),
    z.strictObject({
      at: z
        .string()
        .check(
          z.refine((text) => parseInstant(text) !== undefined, "must be an RFC 3339 instant with its zone"),
        ),
      keepEngineVersion,
    }),
  ],
  'must be { "version": n } or { "at": "<RFC 3339>" }, with "keepEngineVersion" if wanted',
);

const envelope = {
  specversion: z.optional(z.literal("1", 'must be "1"')),
  requestId,
  connection: z.optional(z.string()),
  actor: z.optional(text(256)),
  reason: z.optional(text(2_000)),
  reference: z.optional(text(256)),
};

const schemas = {
  create: z.strictObject({ ...envelope, operation: z.literal("create"), definition: jsonObject }),
  update: z.strictObject({
    ...envelope,
    operation: z.literal("update"),
    definitionId,
    patch,
    expect: z.optional(expect),
  }),
  replace: z.strictObject({
    ...envelope,
    operation: z.literal("replace"),
    definitionId,
    definition: jsonObject,
    expect: z.optional(expect),
  }),
  delete: z.strictObject({
    ...envelope,
    operation: z.literal("delete"),
    definitionId,
    expect: z.optional(expect),
  }),
  restore: z.strictObject({
    ...envelope,
    operation: z.literal("restore"),
    definitionId,
    restore,
    expect: z.optional(expect),
  }),
} as const;

export type Operation = keyof typeof schemas;
export const operations = Object.keys(schemas) as readonly Operation[];

type Wire = z.infer<(typeof schemas)[Operation]>;

/** A valid change request; its connection is known. */
export type ChangeRequest = Wire & { readonly connection: string };
export type Expectation = z.infer<typeof expect>;

export function schemaOf(operation: Operation): (typeof schemas)[Operation] {
  return schemas[operation];
}

export function isOperation(value: unknown): value is Operation {
  return typeof value === "string" && Object.hasOwn(schemas, value);
}

export function isRequestId(value: unknown): value is string {
  return requestId.safeParse(value).success;
}
