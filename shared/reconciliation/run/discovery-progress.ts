/**
 * How far a run's discovery has come, from one invocation to the next: where turns in the rate limit are rare, each of
 * its calls may take an invocation of its own. Pure.
 */
import { isJsonObject, parseJson } from "../../platform/json.ts";
import type { KeyOwner } from "./key-owner.ts";

export type DiscoveryProgress = {
  /** What the provider said about the key, and the version of the secret that was asked with. */
  owner?: KeyOwner;
  keyVersion?: string;
  /** Where the provider's list of scopes goes on, or that it is at its end. */
  cursor?: string;
  isListed?: true;
  /** Known definitions that are asked for, how many of the first were gone, and whether the next one was there. */
  samples?: readonly string[];
  isUnprovable?: boolean;
  gone?: number;
  isThere?: true;
};

export function textOfProgress(progress: DiscoveryProgress): string {
  return JSON.stringify(progress);
}

export function progressOfText(text: string | undefined): DiscoveryProgress {
  const value = text === undefined ? undefined : parseJson(text);
  // Only what was written by the function above is read here.
  return value !== undefined && isJsonObject(value) ? (value as DiscoveryProgress) : {};
}
