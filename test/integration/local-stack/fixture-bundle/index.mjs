// A function that does what its event says, to see how the local stack treats what functions can do.
import { existsSync, writeFileSync } from "node:fs";

let invocations = 0;

export async function handler(event, context) {
  invocations += 1;
  const seen = { processId: process.pid, invocations };
  switch (event.do) {
    case "tell":
      return { ...seen, event, environment: { ...process.env }, cwd: process.cwd(), context: tell(context) };
    case "throw":
      throw new TypeError("as told");
    case "exit":
      return process.exit(3);
    case "hang":
      return new Promise((resolve) => setTimeout(resolve, 600_000));
    case "spin":
      for (;;);
    case "wait":
      // Says that it runs, then waits for the gate.
      writeFileSync(event.started, String(process.pid));
      while (!existsSync(event.gate)) await new Promise((resolve) => setTimeout(resolve, 5));
      return seen;
    case "fill":
      return "x".repeat(event.bytes);
    default:
      console.log(`printed: ${event.print}`);
      return undefined;
  }
}

function tell(context) {
  return { ...context, remainingMs: context.getRemainingTimeInMillis() };
}

export const notAFunction = 1;
