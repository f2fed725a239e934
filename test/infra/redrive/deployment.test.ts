import { mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { findDeployment } from "../../../infra/redrive/deployment.ts";

const folder = mkdtempSync(join(tmpdir(), "test-case-sync-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

const queues = { retell: "https://sqs.eu-west-1.amazonaws.com/123456789012/dead.fifo" };
const environment = {
  TEST_CASE_SYNC_API_URL: "https://api.example.com/",
  TEST_CASE_SYNC_TOKEN: "token-1",
  TEST_CASE_SYNC_DEAD_LETTER_QUEUE_URLS: JSON.stringify(queues),
};
const stack = {
  apiUrl: "http://127.0.0.1:8787",
  tokens: { reader: "r", editor: "e", operator: "o" },
  region: "us-east-1",
  sqs: {
    endpoint: "http://127.0.0.1:1",
    queues: { changeRequests: {}, changeRequestsDeadLetter: { retell: "http://127.0.0.1:1/0/dead.fifo" } },
  },
};
writeFileSync(join(folder, "stack.json"), JSON.stringify(stack));

describe("the system to redrive", () => {
  test("is the one of the environment, on AWS", () => {
    expect(findDeployment(undefined, environment)).toEqual({
      apiUrl: "https://api.example.com",
      token: "token-1",
      deadLetterQueueUrls: new Map(Object.entries(queues)),
    });
  });

  test("is the local stack of the folder, whatever the environment says", () => {
    expect(findDeployment(folder, environment)).toEqual({
      apiUrl: "http://127.0.0.1:8787",
      token: "o",
      localSqs: { endpoint: "http://127.0.0.1:1", region: "us-east-1" },
      deadLetterQueueUrls: new Map([["retell", "http://127.0.0.1:1/0/dead.fifo"]]),
    });
  });

  test.each([
    ["TEST_CASE_SYNC_API_URL", "TEST_CASE_SYNC_API_URL"],
    ["TEST_CASE_SYNC_TOKEN", "TEST_CASE_SYNC_TOKEN"],
    ["TEST_CASE_SYNC_DEAD_LETTER_QUEUE_URLS", "TEST_CASE_SYNC_DEAD_LETTER_QUEUE_URLS"],
  ])("is not half described: without %s it is named", (name, message) => {
    expect(() => findDeployment(undefined, { ...environment, [name]: "" })).toThrow(message);
  });

  test.each([
    ["TEST_CASE_SYNC_API_URL", "api.example.com"],
    ["TEST_CASE_SYNC_DEAD_LETTER_QUEUE_URLS", queues.retell],
    ["TEST_CASE_SYNC_DEAD_LETTER_QUEUE_URLS", '{"retell":1}'],
  ])("is refused where %s is %s", (name, value) => {
    expect(() => findDeployment(undefined, { ...environment, [name]: value })).toThrow(`${name} must be`);
  });

  test("is looked for where nothing names one, and the ways to name one are told", () => {
    const nowhere = join(folder, "nowhere");
    expect(() => findDeployment(nowhere, {})).toThrow(/There is no .*nowhere\/stack\.json.*--data/);
  });

  test("is not taken from a file that is no description", () => {
    const broken = mkdtempSync(join(folder, "broken-"));
    for (const text of ["{", '{"apiUrl":"http://127.0.0.1:1"}']) {
      writeFileSync(join(broken, "stack.json"), text);
      expect(() => findDeployment(broken, {})).toThrow("is not the description of a local stack");
    }
  });
});
