import { expect, it } from "vitest";
import { visibilitySeconds } from "../../../shared/platform/visibility-seconds.ts";

it.each([
  [0, 1],
  [1, 1],
  [1_001, 2],
  [15_000, 15],
  [43_200_001, 43_200],
])("a wait of %i ms is %i s to SQS", (waitMs, seconds) => {
  expect(visibilitySeconds(waitMs)).toBe(seconds);
});
