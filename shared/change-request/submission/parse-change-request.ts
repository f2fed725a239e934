/** From the text of a message or an HTTP body to a valid change request, or to everything that is wrong with it. */
import { canonicalHash } from "../../definition/document/canonical-form.ts";
import { pointerOf, storedPointer } from "../../definition/document/json-pointer.ts";
import {
  isJsonObject,
  type JsonObject,
  JsonTextError,
  type JsonValue,
  parseJson,
  withPlainNumbers,
} from "../../platform/json.ts";
import { schemaFaultsOf } from "../../platform/schema-fault.ts";
import type { Dialect, Fault } from "../../providers/provider.ts";
import { type ChangeRequest, isOperation, isRequestId, operations, schemaOf } from "../change-request.ts";
import { contentFaults } from "./content-faults.ts";
import { textFaults } from "./text-faults.ts";

/** SQS takes 1 MiB; 16 KiB are left for the message's attributes and ours. */
export const MAX_REQUEST_BYTES = 1024 * 1024 - 16 * 1024;

export type ParsedRequest =
  | { readonly valid: true; readonly request: ChangeRequest; readonly fingerprint: string }
  | {
      readonly valid: false;
      /** Machine-readable reason of the outcome. */
      readonly reason: InvalidReason;
      readonly faults: readonly Fault[];
      /** What could be read nevertheless, for the request's record. */
      readonly requestId?: string;
      readonly operation?: string;
      readonly definitionId?: string;
      readonly fingerprint?: string;
    };

export type InvalidReason =
  | "not-json"
  | "too-large"
  | "invalid-request"
  | "wrong-queue"
  | "unknown-connection";

export type ParseContext = {
  /** The connection of the queue, or the only one of the deployment; absent where the request must name it. */
  readonly connection?: string;
  /** What a request that names another connection than the queue's gets. */
  readonly otherConnection: "wrong-queue" | "use";
  /** `undefined` for a connection that does not exist. */
  readonly dialectOf: (connection: string) => Dialect | undefined;
  /** Values that may stand outside the body: HTTP's `Idempotency-Key` and `If-Match`. */
  readonly defaults?: { readonly requestId?: string; readonly expectVersion?: number };
};

/** An answer that names more helps nobody. */
const MAX_FAULTS = 100;
/** Of an invalid request; only to be shown. */
const LONGEST_RECORDED_ID = 512;

/** Pure; never throws on bad input. */
export function parseChangeRequest(body: string, context: ParseContext): ParsedRequest {
  if (Buffer.byteLength(body, "utf8") > MAX_REQUEST_BYTES) {
    return invalid("too-large", [{ pointer: "", message: `must have at most ${MAX_REQUEST_BYTES} bytes` }]);
  }
  let json: JsonValue;
  try {
    json = parseJson(body);
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    return invalid("not-json", [{ pointer: "", message: `must be a JSON object: ${error.message}` }]);
  }
  if (!isJsonObject(json)) return invalid("not-json", [{ pointer: "", message: "must be a JSON object" }]);
  const given = withOurNumbers(json);
  const input = withDefaults(given, context.defaults);
  const known = {
    ...(isRequestId(input["requestId"]) && { requestId: input["requestId"] }),
    ...(typeof input["operation"] === "string" && {
      operation: input["operation"].slice(0, 32).toWellFormed(),
    }),
    ...(typeof input["definitionId"] === "string" && {
      definitionId: input["definitionId"].slice(0, LONGEST_RECORDED_ID).toWellFormed(),
    }),
  };
  const connection = input["connection"] ?? context.connection;
  const fingerprint = fingerprintOf({ ...input, ...(typeof connection === "string" && { connection }) });
  const fail = (reason: InvalidReason, faults: readonly Fault[]): ParsedRequest => ({
    ...invalid(reason, faults),
    ...known,
    fingerprint,
  });

  const faults = [...textFaults(body, json), ...differingDefaults(given, context.defaults)];
  const shape = shapeOf(input);
  if (!shape.valid) return fail("invalid-request", [...faults, ...shape.faults]);
  if (typeof connection !== "string") {
    return fail("invalid-request", [
      ...faults,
      { pointer: "/connection", message: "is required: there are several" },
    ]);
  }
  if (
    context.connection !== undefined &&
    connection !== context.connection &&
    context.otherConnection === "wrong-queue"
  ) {
    return fail("wrong-queue", [
      {
        pointer: "/connection",
        message: `this is the queue of "${context.connection}"; send it to the other one's queue`,
      },
    ]);
  }
  const dialect = context.dialectOf(connection);
  if (dialect === undefined) {
    return fail("unknown-connection", [{ pointer: "/connection", message: "no such connection" }]);
  }
  const request = { ...shape.request, connection };
  const allFaults = [...faults, ...contentFaults(request, dialect)];
  return allFaults.length > 0 ? fail("invalid-request", allFaults) : { valid: true, request, fingerprint };
}

/** "Same content" of two requests is the same fingerprint: equal canonical JSON, spelled-out connection included. */
function fingerprintOf(input: JsonObject): string {
  const { specversion, ...rest } = input;
  return canonicalHash(rest);
}

function shapeOf(
  input: JsonObject,
): { valid: true; request: ReturnType<typeof narrowed> } | { valid: false; faults: readonly Fault[] } {
  const operation = input["operation"];
  if (!isOperation(operation)) {
    const idFault = isRequestId(input["requestId"])
      ? []
      : [{ pointer: "/requestId", message: "must be 1 to 128 of A-Z a-z 0-9 . _ : -" }];
    return {
      valid: false,
      faults: [...idFault, { pointer: "/operation", message: `must be one of ${operations.join(", ")}` }],
    };
  }
  const parsed = schemaOf(operation).safeParse(input, { reportInput: true });
  if (parsed.success) return { valid: true, request: narrowed(parsed.data) };
  return {
    valid: false,
    faults: parsed.error.issues.flatMap((issue) =>
      schemaFaultsOf(issue).map(({ path, message }) => ({
        pointer: pointerOf(path),
        message:
          issue.code === "unrecognized_keys" && path.length === 1
            ? `is not a field of "${operation}" requests`
            : message,
      })),
    ),
  };
}

/** Members whose numbers are the provider's and keep their text. */
const providersNumbers = new Set(["definition", "patch"]);

/** Ours are read as numbers before anything else: what goes on to the queue is the number, in another text maybe. */
function withOurNumbers(json: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [
      name,
      providersNumbers.has(name) ? value : withPlainNumbers(value),
    ]),
  );
}

function narrowed(request: unknown): Omit<ChangeRequest, "connection"> & ChangeRequest {
  return request as ChangeRequest;
}

function withDefaults(json: JsonObject, defaults: ParseContext["defaults"]): JsonObject {
  const result: Record<string, JsonValue> = { ...json };
  if (defaults?.requestId !== undefined) result["requestId"] ??= defaults.requestId;
  if (defaults?.expectVersion !== undefined) {
    const expect = json["expect"] ?? {};
    if (isJsonObject(expect)) result["expect"] = { version: defaults.expectVersion, ...expect };
  }
  return result;
}

function differingDefaults(json: JsonObject, defaults: ParseContext["defaults"]): readonly Fault[] {
  const faults: Fault[] = [];
  if (defaults?.requestId !== undefined && (json["requestId"] ?? defaults.requestId) !== defaults.requestId) {
    faults.push({ pointer: "/requestId", message: "differs from the Idempotency-Key header" });
  }
  const expect = json["expect"];
  if (defaults?.expectVersion !== undefined && isJsonObject(expect)) {
    if ((expect["version"] ?? defaults.expectVersion) !== defaults.expectVersion) {
      faults.push({ pointer: "/expect/version", message: "differs from the If-Match header" });
    }
  }
  return faults;
}

function invalid(reason: InvalidReason, faults: readonly Fault[]): Extract<ParsedRequest, { valid: false }> {
  // Two checks may have found the same thing: one fault per place.
  const byPointer = new Map(faults.toReversed().map((fault) => [fault.pointer, fault]));
  const distinct = faults.filter((fault) => byPointer.get(fault.pointer) === fault).slice(0, MAX_FAULTS);
  return {
    valid: false,
    reason,
    faults: distinct.map(({ pointer, message }) => ({ pointer: storedPointer(pointer), message })),
  };
}
