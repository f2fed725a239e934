/** Tela's test cases: list, create, get, update, delete. What a call would do; nothing is changed here. */
import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type JsonObject, type JsonValue } from "../../../../shared/platform/json.ts";
import type { Answer } from "../delivery.ts";
import { jsonAnswer } from "../json-answer.ts";
import { printedDocument } from "../printed-document.ts";
import { type CallContext, type Plan, refuse } from "./plan.ts";
import { markedAsDeleted, newDocument, promptOf, stamped, testCaseDocuments } from "./test-case-document.ts";
import { type Input, readCreate, readPatch } from "./test-case-input.ts";

const { isDeleted } = testCaseDocuments;
const empty: Answer = { status: 200, headers: {}, body: "" };

/** `promptId` is required. There are no pages. */
export function planList(context: CallContext): Plan {
  const { key, now, query, switches, workspace } = context;
  const promptId = query.get("promptId") ?? "";
  if (promptId === "") return refuse(400, switches, ["promptId is required"]);
  if (!workspace.isVisible(promptId, key)) return refuse(switches.noAccess, switches);
  if (!workspace.hasPrompt(promptId) && switches.listUnknownPrompt !== "empty") {
    return refuse(switches.listUnknownPrompt, switches);
  }
  const at = switches.listLagMs === 0 ? Number.POSITIVE_INFINITY : now - switches.listLagMs;
  const rows = workspace
    .rows({ scope: promptId, at })
    .filter(({ document }) => switches.deletedInList || !isDeleted(document));
  const ordered = switches.listOrder === "newest-first" ? rows.toReversed() : rows;
  const withGenerations = query.get("includeGenerations") === "true";
  const items = ordered.map(({ document }) =>
    printedDocument(withGenerations ? { ...document, generations: [] } : document, switches),
  );
  return { answer: jsonAnswer(200, items), list: { items, rows: workspace.rows() } };
}

export function planGet(context: CallContext): Plan {
  const { id, now, switches, workspace } = context;
  const at = switches.getLagMs === 0 ? Number.POSITIVE_INFINITY : now - switches.getLagMs;
  const document = workspace.definition(id, at);
  const refusal = refusedAccess(context, document);
  if (document === undefined || refusal !== undefined) return refusal ?? refuse(404, switches);
  if (isDeleted(document) && switches.getDeleted === 404) return refuse(404, switches);
  return { answer: jsonAnswer(200, printedDocument(document, switches)) };
}

/** "One or more": an array of test cases is not taken here, because its answer is documented nowhere. */
export function planCreate(context: CallContext): Plan {
  const { body, stamp, switches, workspace } = context;
  const input = readCreate(body, switches);
  if (!input.valid) return invalid(context, input);
  const refusal = refusedPrompt(context, promptOf(input.members));
  if (refusal !== undefined) return refusal;
  const id = workspace.issueId();
  const document = newDocument(input.members, id, stamp, switches);
  const shown = printedDocument(document, switches);
  const answers: Record<typeof switches.createAnswer, JsonValue> = {
    "test-case": shown,
    "array-of-one": [shown],
    "id-only": { id },
  };
  return {
    answer: jsonAnswer(switches.createStatus, answers[switches.createAnswer]),
    write: { definitionId: id, document },
  };
}

export function planUpdate(context: CallContext): Plan {
  const { body, id, stamp, switches, workspace } = context;
  const before = workspace.definition(id);
  const refusal = refusedAccess(context, before);
  if (before === undefined || refusal !== undefined) return refusal ?? refuse(404, switches);
  if (isDeleted(before) && switches.patchDeleted !== "applied")
    return refuse(switches.patchDeleted, switches);
  const input = readPatch(body, switches);
  if (!input.valid) return invalid(context, input);
  if (Object.keys(input.members).length === 0 && switches.emptyPatch === 400) return refuse(400, switches);
  const content = { ...before, ...patched(before, input.members, switches.objects) };
  const elsewhere =
    promptOf(content) === promptOf(before) ? undefined : refusedPrompt(context, promptOf(content));
  if (elsewhere !== undefined) return elsewhere;
  const changed = !isDeepStrictEqual(content, before);
  const document = changed || switches.noOpPatchBumpsTimestamp ? stamped(content, stamp, switches) : before;
  return { answer: patchAnswer(context, document), write: { definitionId: id, document } };
}

export function planDelete(context: CallContext): Plan {
  const { id, stamp, switches, workspace } = context;
  const before = workspace.definition(id);
  const refusal = refusedAccess(context, before);
  if (before === undefined || refusal !== undefined) return refusal ?? refuse(404, switches);
  if (isDeleted(before)) return switches.deleteAgain === 200 ? { answer: empty } : refuse(404, switches);
  const document = markedAsDeleted(before, stamp, switches);
  const answer =
    switches.deleteAnswer === "empty" ? empty : jsonAnswer(200, printedDocument(document, switches));
  return { answer, write: { definitionId: id, document } };
}

function patchAnswer({ switches }: CallContext, document: JsonObject): Answer {
  const { id = null, title = null } = document;
  switch (switches.patchAnswer) {
    case "test-case":
      return jsonAnswer(200, printedDocument(document, switches));
    case "id-and-title":
      return jsonAnswer(200, { id, title });
    case "empty":
      return empty;
  }
}

function patched(before: JsonObject, members: JsonObject, objects: "replaced" | "merged"): JsonObject {
  if (objects === "replaced") return members;
  return Object.fromEntries(
    Object.entries(members).map(([member, value]) => {
      const old = before[member];
      return [member, isJsonObject(old) && isJsonObject(value) ? { ...old, ...value } : value];
    }),
  );
}

function invalid({ switches }: CallContext, { details }: Extract<Input, { valid: false }>): Plan {
  return refuse(switches.invalidBody, switches, details);
}

function refusedAccess(
  { key, switches, workspace }: CallContext,
  document: JsonObject | undefined,
): Plan | undefined {
  if (document === undefined || workspace.isVisible(promptOf(document), key)) return undefined;
  return refuse(switches.noAccess, switches);
}

function refusedPrompt({ key, switches, workspace }: CallContext, promptId: string): Plan | undefined {
  if (!workspace.isVisible(promptId, key)) return refuse(switches.noAccess, switches);
  if (workspace.hasPrompt(promptId) || switches.unknownPromptOnWrite === "accepted") return undefined;
  return refuse(switches.unknownPromptOnWrite, switches);
}
