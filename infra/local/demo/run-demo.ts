/** The demo of `npm start`: edits by different people, what became of them, and the history that they left. */
import { dirname, join, relative } from "node:path";
import type { StackDescription } from "../stack-description.ts";
import { historyLines, outcomeLine, stepLine, tryNextLines } from "./demo-account.ts";
import { createDemoClient, type DemoClient } from "./demo-client.http.ts";
import { type DemoStep, demoSteps, shownDefinition } from "./demo-requests.ts";

/** Runs on the first simulated Retell; says so where there is none. */
export async function runDemo(stack: StackDescription, print: (line: string) => void): Promise<void> {
  const connection = Object.keys(stack.connections).find(
    (id) => stack.connections[id]?.provider === "retell",
  );
  if (connection === undefined) return;
  const client = createDemoClient(stack, connection);
  try {
    print(
      "\nThe simulated Retell workspace holds a dozen test cases of two voice agents. What is asked for:",
    );
    for (const [index, step] of demoSteps.entries()) {
      print(stepLine(step, index + 1));
      await take(client, step);
    }
    print("\nWhat became of it:");
    for (const step of demoSteps) {
      if (step.by !== "dashboard") print(outcomeLine(await client.outcome(step.request.requestId)));
    }
    print(`\nThe history of "Books a check-up with a returning patient" (${shownDefinition}):`);
    for (const line of historyLines(await client.versions(shownDefinition))) print(line);
    const runId = await client.reconcile();
    print(`\nReconciliation run ${runId} takes over the workspace's other test cases in the background.`);
    print("From then on runs that start by themselves find what is done in the dashboard.");
    print("\nTry next:");
    const shown = { connection, definitionId: shownDefinition, runId };
    for (const line of tryNextLines(stack.apiUrl, pathForRequire(stack), shown)) print(line);
    print("");
  } finally {
    client.close();
  }
}

/** Where `require` finds stack.json from here. */
function pathForRequire(stack: StackDescription): string {
  const file = join(dirname(stack.logs), "stack.json");
  const fromHere = relative(process.cwd(), file);
  return fromHere.startsWith("..") ? file : `./${fromHere}`;
}

/** One after the other, so that the account reads as a story: each step meets what the one before left. */
async function take(client: DemoClient, step: DemoStep): Promise<void> {
  if (step.by === "dashboard") {
    await client.editInDashboard(step.edit);
    return;
  }
  if (step.by === "api") await client.submit(step.request);
  else await client.enqueue(step.request);
  await client.outcome(step.request.requestId);
}
