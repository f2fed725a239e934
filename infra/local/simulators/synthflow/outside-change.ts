/** Carries out the outside edits that only Synthflow knows. */
import { type ChangedDefinition, rewrite, store } from "../common-change.ts";
import { OutsideEditError } from "../outside-edit-error.ts";
import type { OwnEdit } from "../simulated-provider.ts";
import type { SimulatorState } from "../simulator-state.ts";
import type { SynthflowTypes } from "./plan.ts";
import type { Workspace } from "./workspace.ts";

type State = SimulatorState<SynthflowTypes>;

/** @throws {OutsideEditError} where it names something that is not there */
export function outsideChange(
  state: State,
  workspace: Workspace,
  edit: OwnEdit<SynthflowTypes>,
): ChangedDefinition | undefined {
  switch (edit.action) {
    case "move":
      return rewrite(state, workspace, edit, (document) => ({ ...document, suite_id: edit.suiteId }));
    case "put-agent":
      workspace.agents.set(edit.agent.model_id, edit.agent);
      state.save();
      return undefined;
    case "put-suite":
      workspace.suites.set(edit.suite.id, edit.suite);
      state.save();
      return undefined;
    case "delete-suite":
      deleteSuite(state, workspace, edit.id);
      return undefined;
  }
}

function deleteSuite(state: State, workspace: Workspace, suiteId: string): void {
  if (!workspace.suites.delete(suiteId)) throw new OutsideEditError(`there is no suite ${suiteId}`);
  state.save();
  const { orphans } = state.switches;
  if (orphans === "kept") return;
  for (const { id, document } of workspace.rows({ scope: `suite:${suiteId}` })) {
    const left = orphans === "deleted" ? undefined : { ...document, suite_id: null };
    store(state, workspace, id, left, { by: "outside", action: "delete-suite" });
  }
}
