/** Each worker takes its fixed share of the rate; nothing is shared. */
import Bottleneck from "bottleneck";
import { workUntilAccepted } from "./call-until-accepted.ts";
import type { CreatePolicy } from "./policy.ts";

export const createPolicy: CreatePolicy = async (parts) => {
  const { workers, ceiling } = parts.task.cell;
  const share = new Bottleneck({ maxConcurrent: 1, minTime: (1_000 * workers) / ceiling });
  await parts.calls.warmUp();
  return workUntilAccepted(parts, () => share.schedule(async () => undefined));
};
