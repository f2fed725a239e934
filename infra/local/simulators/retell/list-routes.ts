/** Retell's lists: definitions of one engine, and the engines themselves. */
import type { JsonObject } from "../../../../shared/platform/json.ts";
import { jsonAnswer } from "../json-answer.ts";
import type { Row } from "../simulated-workspace.ts";
import { documentView } from "./document-view.ts";
import { type Listed, pageOf } from "./list-page.ts";
import { type CallContext, type Plan, refuse } from "./plan.ts";
import { engineIdMember, engineKey } from "./test-case-document.ts";
import type { Engine } from "./workspace-seed.ts";

export function planListDefinitions(context: CallContext): Plan {
  const { switches, query } = context;
  const scope = listedEngine(context);
  if ("refusal" in scope) return scope.refusal;
  const rows = visibleRows(context, scope.engine);
  const descending = switches.listOrder === "newest-first";
  const listed = (descending ? rows.toReversed() : rows).map(({ id, createdAt, document }) => ({
    id,
    createdAt,
    item: documentView(document, switches),
  }));
  const result = pageOf(listed, query, { listName: scope.engine, descending }, switches);
  if (!result.ok) return refuse(result.status);
  // Rows of every engine, so that a fault can show an item at the wrong one.
  const list = { page: result.page, startKey: result.startKey, rows: context.workspace.rows() };
  return { answer: jsonAnswer(200, result.page), list };
}

/** The list before 2026: one bare array, whatever its length. */
export function planListDefinitionsV1(context: CallContext): Plan {
  const { switches } = context;
  if (switches.v1List !== "works") return refuse(switches.v1List);
  const scope = listedEngine(context);
  if ("refusal" in scope) return scope.refusal;
  const documents = visibleRows(context, scope.engine).map(({ document }) =>
    documentView(document, switches),
  );
  return { answer: jsonAnswer(200, documents) };
}

/** Documented: `type` is required, and the id member that belongs to it. */
function listedEngine({ workspace, query, switches }: CallContext): { engine: string } | { refusal: Plan } {
  const type = query.get("type") ?? "";
  const id = query.get(engineIdMember(type) ?? "");
  if (id === null || id === "") return { refusal: refuse(400) };
  const engine = engineKey(type, id);
  const known =
    workspace.engines.has(engine) || (switches.orphans === "listed" && workspace.deletedEngines.has(engine));
  if (known) return { engine };
  if (switches.listUnknownEngine !== "empty") return { refusal: refuse(switches.listUnknownEngine) };
  return { refusal: { answer: jsonAnswer(200, { items: [], has_more: false }) } };
}

function visibleRows({ workspace, switches, now }: CallContext, engine: string): readonly Row[] {
  const at = switches.listLagMs === 0 ? Number.POSITIVE_INFINITY : now - switches.listLagMs;
  return workspace.rows({ scope: engine, at });
}

export function planListEngines(type: Engine["type"]): (context: CallContext) => Plan {
  return ({ workspace, switches, query }) => {
    const order = query.get("sort_order") ?? "descending";
    if (order !== "ascending" && order !== "descending") return refuse(400);
    const descending = order === "descending";
    const rows = [...workspace.engines.values()]
      .filter((engine) => engine.type === type)
      .flatMap((engine) => engineRows(engine, switches.engineRows))
      .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
    const listed = descending ? rows.reverse() : rows;
    const result = pageOf(listed, query, { listName: type, descending }, switches);
    if (!result.ok) return refuse(result.status);
    const list = { page: result.page, startKey: result.startKey, rows: [] };
    return { answer: jsonAnswer(200, result.page), list };
  };
}

/** One row, or one for each version, newest last; rows of one engine differ in the place they take in the list. */
function engineRows(engine: Engine, form: CallContext["switches"]["engineRows"]): Listed[] {
  const versions =
    form === "one-per-engine" ? [engine.version] : Array.from({ length: engine.version + 1 }, (_, i) => i);
  return versions.map((version) => ({
    id: `${engine.id}#${String(version).padStart(6, "0")}`,
    createdAt: engine.modifiedAt,
    item: engineDocument(engine, version),
  }));
}

/** LlmResponse or ConversationFlowResponse. */
export function engineDocument(engine: Engine, version: number): JsonObject {
  return {
    [engineIdMember(engine.type) ?? "id"]: engine.id,
    version,
    is_published: version < engine.version,
    ...engine.members,
    last_modification_timestamp: engine.modifiedAt,
  };
}
