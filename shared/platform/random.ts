/** Randomness as a parameter. The only file that asks the machine for it. */
import { randomUUID } from "node:crypto";

export type Random = {
  /** At least 0, below 1. */
  fraction(): number;
  /** Unique for ever, 36 characters. */
  token(): string;
};

export const systemRandom: Random = { fraction: () => Math.random(), token: () => randomUUID() };
