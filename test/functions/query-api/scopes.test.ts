import { describe, expect, it } from "vitest";
import { unknownScope } from "../../../shared/reconciliation/run/known-scope.ts";
import { noCounts } from "../../../shared/reconciliation/run/run.ts";
import { halted, startedAt, withRunsApi } from "../../support/reconciliation/runs-api.ts";

const api = withRunsApi();

describe("the scopes of a connection", () => {
  const counts = { ...noCounts, listed: 12, changed: 1 };
  const know = (scope: string, more: object = {}) =>
    api().stores.knownScopes.write({ ...unknownScope({ connection: "retell", scope }), ...more });

  it("are shown with the last run that completed them, and the one that was halted", async () => {
    await know("retell-llm:1", {
      definitions: 12,
      counts,
      lastCompletedRunId: "run-1",
      lastReconciledAt: startedAt,
      haltedRunId: "run-2",
      firstCompletedAt: startedAt,
      quietAt: startedAt,
    });
    await know("retell-llm:2");
    await api().stores.knownScopes.write(unknownScope({ connection: "retell-eu", scope: "retell-llm:3" }));
    expect(await api().call("GET", "/connections/retell/scopes")).toMatchObject({ status: 200 });
    expect((await api().call("GET", "/connections/retell/scopes")).body).toEqual({
      items: [
        {
          connection: "retell",
          scope: "retell-llm:1",
          definitions: 12,
          counts,
          lastCompletedRunId: "run-1",
          lastReconciledAt: "2026-11-21T10:00:00.000Z",
          haltedRunId: "run-2",
          silenced: 0,
        },
        { connection: "retell", scope: "retell-llm:2", definitions: 0, silenced: 0 },
      ],
    });
  });

  it("tell how many missing definitions are not asked about", async () => {
    const { runId } = await api().record({ scopes: { s: halted } });
    await api().call("POST", `/reconciliations/${runId}/discard`);
    expect((await api().call("GET", "/connections/retell/scopes")).body).toMatchObject({
      items: [{ scope: "s", silenced: 3 }],
    });
  });

  it("come in pages", async () => {
    const names = ["a", "b", "c", "d", "e"];
    for (const name of names) await know(name);
    const first = await api().call("GET", "/connections/retell/scopes?limit=2");
    const second = await api().call("GET", `/connections/retell/scopes?limit=3&cursor=${first.body["next"]}`);
    const shown = [first, second].flatMap(({ body }) => body["items"] as { scope: string }[]);
    expect(shown.map(({ scope }) => scope)).toEqual(names);
    expect(second.body).not.toHaveProperty("next");
  });

  it("of a connection that does not exist are a 404", async () => {
    expect((await api().call("GET", "/connections/tela/scopes")).body).toMatchObject({
      code: "unknown-connection",
    });
  });
});
