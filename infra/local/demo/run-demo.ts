/** The demo of `npm start`: edits by different people, what became of them, and the history that they left. */
import { dirname, join, relative } from "node:path";
import type { Connection } from "../../../shared/platform/config.ts";
import type { StackDescription } from "../stack-description.ts";
import { historyLines, outcomeLine, stepLine, type ToTry, tryNextLines } from "./demo-account.ts";
import { createDemoClient, type DemoClient } from "./demo-client.http.ts";
import type { Demo, DemoStep } from "./demo-step.ts";
import { retellDemo } from "./retell-demo.ts";
import { synthflowDemo } from "./synthflow-demo.ts";
import { telaDemo } from "./tela-demo.ts";

type Print = (line: string) => void;

const demos: Record<Connection["provider"], Demo> = {
  retell: retellDemo,
  tela: telaDemo,
  synthflow: synthflowDemo,
};

/** At each simulated provider, all of them at the same time; told one after the other. */
export async function runDemo(stack: StackDescription, print: Print): Promise<void> {
  const told = Object.entries(stack.connections).map(([connection, { provider }], index) => {
    const lines: string[] = [];
    // The first is told while it happens.
    const tell = index === 0 ? print : (line: string) => void lines.push(line);
    return { lines, end: runAt(stack, connection, demos[provider], tell) };
  });
  // Each is waited for at its turn; one that fails before that must not end the process.
  for (const { end } of told) end.catch(() => undefined);
  for (const { lines, end } of told) {
    await end.finally(() => lines.forEach(print));
  }
  const [first] = told;
  if (first === undefined) return;
  print("\nReconciliation takes over the other test cases in the background.");
  print("From then on runs that start by themselves find what is done in the dashboards.");
  print("\nTry next:");
  for (const line of tryNextLines(stack.apiUrl, pathForRequire(stack), await first.end)) print(line);
  print("");
}

async function runAt(stack: StackDescription, connection: string, demo: Demo, print: Print): Promise<ToTry> {
  const { workspace, steps, shown, patchToTry: patch } = demo;
  const client = createDemoClient(stack, connection);
  try {
    print(`\nThe simulated ${workspace}. What is asked for:`);
    for (const [index, step] of steps.entries()) {
      print(stepLine(step, index + 1));
      await take(client, step);
    }
    print("\nWhat became of it:");
    for (const step of steps) {
      if (step.by !== "dashboard") print(outcomeLine(await client.outcome(step.request.requestId)));
    }
    print(`\nThe history of "${shown.name}" (${shown.definitionId}):`);
    const versions = await client.versions(shown.definitionId);
    for (const line of historyLines(versions)) print(line);
    const { definitionId } = shown;
    return { connection, definitionId, version: versions.length, runId: await client.reconcile(), patch };
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
