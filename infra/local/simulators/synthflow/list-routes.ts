/** Synthflow's lists: cases of the workspace or of an agent, suites, agents. Their paging members differ. */
import type { JsonObject, JsonValue } from "../../../../shared/platform/json.ts";
import { byCreation, type Row } from "../simulated-workspace.ts";
import { agentIdOf, caseView } from "./case-document.ts";
import { type CallContext, enveloped, type Plan, refuse, type ShownPage } from "./plan.ts";
import type { Switches } from "./switches.ts";
import type { Suite } from "./workspace-seed.ts";

const DEFAULT_PAGE_SIZE = 10;
const MAX_PAGE_SIZE = 100;

export function planListCases(context: CallContext): Plan {
  const { workspace, switches, query } = context;
  const paging = pagingOf(context);
  if (paging === undefined) return refuse(context, 422);
  const suiteId = switches.suiteFilter === "ignored" ? null : query.get("suite_id");
  if (suiteId !== null && switches.suiteFilter === "rejected") return refuse(context, 422);
  const [search, type] = [query.get("search"), query.get("simulation_case_type")];
  const rows = visibleRows(context)
    .filter(({ document }) => suiteId === null || document["suite_id"] === suiteId)
    .filter(({ document }) => search === null || String(document["name"]).includes(search))
    .filter(({ document }) => type === null || document["type"] === type);
  const show = ({ document }: Row) => caseView(document, workspace.agents, switches);
  return pagePlan(rows.toSorted(orders[switches.listOrder]).map(show), {
    paging,
    all: workspace.rows().map(show),
    around: (items, total, { limit, offset }) => ({
      pagination: { total_records: total, limit, offset },
      items,
    }),
  });
}

/** Without pages. */
export function planListByAgent(context: CallContext): Plan {
  const { workspace, switches, query } = context;
  const agentId = query.get("agent_id");
  if (agentId === null || agentId === "") return refuse(context, 400);
  const rows = visibleRows(context).filter(({ document }) => agentIdOf(document) === agentId);
  return { answer: enveloped(rows.map(({ document }) => caseView(document, workspace.agents, switches))) };
}

export function planListSuites(context: CallContext): Plan {
  const paging = pagingOf(context);
  if (paging === undefined) return refuse(context, 422);
  const suites = [...context.workspace.suites.values()].map(suiteView);
  return pagePlan(suites, {
    paging,
    all: suites,
    around: (items, total, { page, limit }) => ({ items, total, page_number: page, page_size: limit }),
  });
}

export function planGetSuite(context: CallContext): Plan {
  const { workspace, switches, id } = context;
  const suite = workspace.suites.get(id);
  if (suite === undefined) return refuse(context, 404);
  const cases = workspace
    .rows({ scope: `suite:${id}` })
    .map(({ document }) => caseView(document, workspace.agents, switches));
  return { answer: enveloped({ ...suiteView(suite), cases }) };
}

export function planListAgents({ workspace }: CallContext): Plan {
  const assistants = [...workspace.agents.values()].map(({ model_id, agent_name, agent_type }) => ({
    model_id,
    name: agent_name,
    type: agent_type,
  }));
  const pagination = { total_records: assistants.length, limit: 20, offset: 0 };
  return { answer: enveloped({ pagination, assistants: assistants.slice(0, 20) }) };
}

function suiteView({ id, name, model_id, members }: Suite): JsonObject {
  return { id, name, model_id, language: "en-US", ...members };
}

function visibleRows({ workspace, switches, now }: CallContext): readonly Row[] {
  const at = switches.listLagMs === 0 ? Number.POSITIVE_INFINITY : now - switches.listLagMs;
  return workspace.rows({ at });
}

/** Nothing is documented about the order. */
const orders: Readonly<Record<Switches["listOrder"], (a: Row, b: Row) => number>> = {
  "oldest-first": byCreation,
  "newest-first": (a, b) => byCreation(b, a),
  "by-name": (a, b) =>
    String(a.document["name"]).localeCompare(String(b.document["name"]), "en") || byCreation(a, b),
};

type Paging = { readonly page: number; readonly limit: number; readonly offset: number };

/** `undefined`: not valid. */
function pagingOf({ query, switches }: CallContext): Paging | undefined {
  const page = integer(query.get("page_number") ?? "1");
  const asked = integer(query.get("page_size") ?? String(DEFAULT_PAGE_SIZE));
  if (page === undefined || page < 1 || asked === undefined) return undefined;
  const isOut = asked < 1 || asked > MAX_PAGE_SIZE;
  if (isOut && switches.pageSizeOutOfRange === 422) return undefined;
  const limit = Math.min(switches.largestPage, MAX_PAGE_SIZE, Math.max(1, asked));
  return { page, limit, offset: (page - 1) * limit };
}

function integer(text: string): number | undefined {
  return /^-?[0-9]{1,9}$/.test(text) ? Number(text) : undefined;
}

function pagePlan(
  listed: readonly JsonValue[],
  {
    paging,
    all,
    around,
  }: {
    readonly paging: Paging;
    readonly all: readonly JsonValue[];
    readonly around: (items: readonly JsonValue[], total: number, paging: Paging) => JsonValue;
  },
): Plan {
  const items = listed.slice(paging.offset, paging.offset + paging.limit);
  const list: ShownPage = {
    items,
    total: listed.length,
    around: (others, total) => around(others, total, paging),
    firstPage: listed.slice(0, paging.limit),
    all,
  };
  return { answer: enveloped(list.around(items, listed.length)), list };
}
