/** The way between worker and provider. On one machine it takes no time, and calls would arrive as evenly as sent. */
import { setTimeout as delay } from "node:timers/promises";
import type { Cell } from "./cell.ts";

/** Median of one way, milliseconds. */
const FAR_MS = 40;
/** Of the logarithm: 95 of 100 ways take less than 1.6 times the median. */
const SPREAD = 0.3;

/** What the simulated provider takes for a call, milliseconds. */
export const SERVICE_MS = 150;

/** Resolves when a message has come through. */
export async function crossNetwork(network: Cell["network"]): Promise<void> {
  if (network === "far") await delay(FAR_MS * Math.exp(SPREAD * normal()));
}

/** Normally distributed (Box and Muller). */
function normal(): number {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}
