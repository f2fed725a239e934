import { describe, expect, test } from "vitest";
import { type FaultInput, faultSchema } from "../../../../infra/local/simulators/fault.ts";
import { FaultQueue } from "../../../../infra/local/simulators/fault-queue.ts";

const get = { method: "GET", path: "/a", query: {} };
const put = { method: "PUT", path: "/b", query: {} };

/** The ids that a sequence of requests meets; ids count from 1 in the order of the faults. */
function met(faults: FaultInput[], requests: readonly (typeof get)[]): (number | undefined)[] {
  const queue = new FaultQueue();
  for (const fault of faults) queue.add(faultSchema.parse(fault));
  return requests.map((request) => queue.take(request)?.id);
}

describe("a fault queue", () => {
  test("gives faults without a number to the next matching requests, one each, in order", () => {
    expect(met([{}, { match: { method: "PUT" } }, {}], [get, get, put, put])).toEqual([1, 3, 2, undefined]);
  });

  test("gives a numbered fault to exactly that matching request, wherever it stands in the queue", () => {
    expect(met([{}, { match: { nth: 3 } }, {}], [get, put, get, get])).toEqual([1, 3, 2, undefined]);
  });

  test("counts only requests that match", () => {
    expect(met([{ match: { method: "PUT", nth: 2 } }], [put, get, get, put, put])).toEqual([
      undefined,
      undefined,
      undefined,
      1,
      undefined,
    ]);
  });

  test("repeats a fault as often as it says, from its number on", () => {
    expect(met([{ match: { times: 2 } }], [get, get, get])).toEqual([1, 1, undefined]);
    expect(met([{ match: { nth: 2, times: 2 } }], [get, get, get, get])).toEqual([
      undefined,
      1,
      1,
      undefined,
    ]);
    expect(met([{ match: { nth: 2, times: "always" } }], [get, get, get])).toEqual([undefined, 1, 1]);
  });

  test("drops a numbered fault whose request met an earlier one", () => {
    const queue = new FaultQueue();
    queue.add(faultSchema.parse({ match: { nth: 1 } }));
    queue.add(faultSchema.parse({ match: { nth: 1 } }));
    expect(queue.take(get)?.id).toBe(1);
    expect(queue.pending()).toEqual([]);
  });

  test("matches paths literally but for the star", () => {
    const queue = new FaultQueue();
    queue.add(faultSchema.parse({ match: { path: "/v2/a.b*" } }));
    expect(queue.take({ ...get, path: "/v2/aXb" })).toBeUndefined();
    expect(queue.take({ ...get, path: "/x/v2/a.b" })).toBeUndefined();
    expect(queue.take({ ...get, path: "/v2/a.b/c" })?.id).toBe(1);
  });
});

test("a fault that leaves nothing to answer has to say what is answered", () => {
  expect(faultSchema.safeParse({ apply: "never" }).success).toBe(false);
  expect(faultSchema.safeParse({ apply: { afterMs: 5 }, answer: "truncated-json" }).success).toBe(false);
  expect(faultSchema.safeParse({ apply: "never", answer: "reset" }).success).toBe(true);
  expect(faultSchema.safeParse({ aply: "never" }).success).toBe(false);
});
