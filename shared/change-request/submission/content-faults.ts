/** What is wrong with the content that a request carries. Pure. */
import { isBookkeepingPointer } from "../../definition/document/content.ts";
import { patchFaults } from "../../definition/document/json-patch.ts";
import { pointerOf, pointerTokens } from "../../definition/document/json-pointer.ts";
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../platform/json.ts";
import type { Dialect, Fault } from "../../providers/provider.ts";
import { type ChangeRequest, MAX_ID_BYTES } from "../change-request.ts";

/** What the provider's dialect has against the request, before anything is sent. */
export function contentFaults(request: ChangeRequest, dialect: Dialect): readonly Fault[] {
  return [...definitionIdFaults(request, dialect), ...bodyFaults(request, dialect)];
}

function definitionIdFaults(request: ChangeRequest, dialect: Dialect): readonly Fault[] {
  if (request.operation === "create") return [];
  const message = dialect.definitionIdFault(request.definitionId);
  return message === undefined ? [] : [{ pointer: "/definitionId", message }];
}

function bodyFaults(request: ChangeRequest, dialect: Dialect): readonly Fault[] {
  const below = (member: string) => (fault: Fault) => ({ ...fault, pointer: `/${member}${fault.pointer}` });
  switch (request.operation) {
    case "create":
    case "replace": {
      const faults = dialect.definitionFaults(request.definition, request.operation).map(below("definition"));
      if (faults.length > 0 || request.operation === "replace") return faults;
      return Buffer.byteLength(dialect.scopeOf(request.definition)) > MAX_ID_BYTES
        ? [
            {
              pointer: "/definition",
              message: `its scope's name has more than ${MAX_ID_BYTES} bytes`,
            },
          ]
        : [];
    }
    case "update":
      return (
        isJsonArray(request.patch)
          ? jsonPatchFaults(request.patch, dialect)
          : mergePatchFaults(request.patch as JsonObject, dialect)
      ).map(below("patch"));
    case "delete":
    case "restore":
      return [];
  }
}

function mergePatchFaults(patch: JsonObject, dialect: Dialect): readonly Fault[] {
  const readOnly = pathsOf(patch)
    .filter((path) => isBookkeepingPointer(path, dialect.bookkeeping))
    .map((path) => ({ pointer: pointerOf(path), message: READ_ONLY }));
  if (readOnly.length > 0) return readOnly;
  // Objects are merged with what is live, so only then can they be judged; everything else replaces its member whole.
  const whole = Object.entries(patch).filter(([, value]) => !isJsonObject(value));
  const wanted = Object.fromEntries(whole.filter(([, value]) => value !== null));
  return dialect.memberFaults(wanted, new Set(whole.map(([name]) => name)));
}

function jsonPatchFaults(patch: readonly JsonValue[], dialect: Dialect): readonly Fault[] {
  const malformed = patchFaults(patch);
  if (malformed.length > 0) return malformed;
  return patch.flatMap((operation, index) =>
    ["path", "from"].flatMap((member) => {
      const pointer = (operation as JsonObject)[member];
      return typeof pointer === "string" && isBookkeepingPointer(pointerTokens(pointer), dialect.bookkeeping)
        ? [{ pointer: `/${index}/${member}`, message: READ_ONLY }]
        : [];
    }),
  );
}

const READ_ONLY = "is the provider's own bookkeeping and cannot be changed";

/** The paths of an object's members, each one that is no object itself. */
function pathsOf(object: JsonObject, path: readonly string[] = []): readonly (readonly string[])[] {
  return Object.entries(object).flatMap(([name, value]) =>
    isJsonObject(value) && Object.keys(value).length > 0
      ? pathsOf(value, [...path, name])
      : [[...path, name]],
  );
}
