/** Randomness as a parameter. The only file that asks the machine for it. */
import { randomBytes } from "node:crypto";

export type Random = {
  /** At least 0, below 1. */
  fraction(): number;
  /** 128 random bits as 22 characters: unique for ever. */
  token(): string;
};

export const systemRandom: Random = {
  fraction: () => Math.random(),
  token: () => randomBytes(16).toString("base64url"),
};
