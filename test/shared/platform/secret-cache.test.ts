import { beforeEach, describe, expect, it } from "vitest";
import { createSecretCache, type Secret, type SecretCache } from "../../../shared/platform/secret-cache.ts";

let now = 0;
let reads: string[] = [];
let value: () => Promise<Secret>;
let cache: SecretCache;
const textOf = async (arn: string, options = {}) => (await cache.get(arn, options)).text;
beforeEach(() => {
  now = 1_000;
  reads = [];
  value = async () => ({ text: `value-${reads.length}`, version: `version-${reads.length}` });
  const read = (arn: string) => {
    reads.push(arn);
    return value();
  };
  cache = createSecretCache({ read }, { now: () => now }, 60_000);
});

describe("a cached secret", () => {
  it("is read once in its lifetime, and anew after that", async () => {
    expect(await textOf("a")).toBe("value-1");
    now += 59_999;
    expect(await textOf("a")).toBe("value-1");
    now += 1;
    expect(await textOf("a")).toBe("value-2");
    expect(reads).toEqual(["a", "a"]);
  });

  it("is kept apart from other secrets", async () => {
    await cache.get("a");
    await cache.get("b");
    await cache.get("a");
    expect(reads).toEqual(["a", "b"]);
  });

  it("is read anew on demand, and that value is kept", async () => {
    await cache.get("a");
    expect(await textOf("a", { fresh: true })).toBe("value-2");
    expect(await textOf("a")).toBe("value-2");
  });

  it("is read once for callers at the same time", async () => {
    expect(await Promise.all([textOf("a"), textOf("a")])).toEqual(["value-1", "value-1"]);
    expect(reads).toEqual(["a"]);
  });

  it("that could not be read is an error for its caller, and read again by the next", async () => {
    value = () => Promise.reject(new Error("throttled"));
    await expect(cache.get("a")).rejects.toThrow("throttled");
    value = async () => ({ text: "back", version: "2" });
    expect(await cache.get("a")).toEqual({ text: "back", version: "2" });
  });

  it("that cannot be read anew is an error, and not the old value", async () => {
    await cache.get("a");
    value = () => Promise.reject(new Error("throttled"));
    await expect(cache.get("a", { fresh: true })).rejects.toThrow("throttled");
  });
});
