/** The state of a limiter that was never asked. */
import { type LimiterState, limiterAttributes } from "../../shared/rate-limit/limiter-state.ts";

export const untouchedState = Object.fromEntries(
  limiterAttributes.map((attribute) => [attribute, 0]),
) as LimiterState;
