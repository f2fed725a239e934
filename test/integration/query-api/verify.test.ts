import {
  type AttributeValue,
  DeleteItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { beforeAll, describe, expect, it } from "vitest";
import { blobKey, mirrorKey, versionKey } from "../../../shared/platform/table-keys.ts";
import { withQueryApi } from "../../support/query-api-world.ts";
import { retellDocument } from "../../support/retell-documents.ts";
import { testTables } from "../../support/tables.ts";

type Item = Record<string, AttributeValue>;

const world = withQueryApi();
const start = Date.now() - 86_400_000;
const verify = async (id: string, query = "") =>
  (await world().call("GET", `/connections/retell/definitions/${id}/verify${query}`)).body;
const put = (item: Item) =>
  world().client.send(new PutItemCommand({ TableName: testTables.history, Item: item }));
const remove = (item: Item) =>
  world().client.send(
    new DeleteItemCommand({
      TableName: testTables.history,
      Key: { pk: item["pk"] as AttributeValue, sk: item["sk"] as AttributeValue },
    }),
  );
const itemsOf = async (id: string): Promise<Item[]> => {
  const { Items = [] } = await world().client.send(
    new QueryCommand({
      TableName: testTables.history,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: versionKey("retell", id, 1).pk } },
    }),
  );
  return Items;
};

/** Another value of the same type, and values of other types. */
function alterations(value: AttributeValue): AttributeValue[] {
  const others: AttributeValue[] = [{ S: "altered" }, { N: "1e30" }, { NULL: true }, { L: [] }, { M: {} }];
  if (value.S !== undefined)
    return [{ S: `${value.S} ` }, { B: Buffer.from(value.S) }, { SS: [value.S] }, ...others];
  if (value.N !== undefined)
    return [
      { N: String(Number(value.N) + 1) },
      { N: `${value.N}.0000000000000000001` },
      { S: value.N },
      ...others,
    ];
  if (value.BOOL !== undefined) return [{ BOOL: !value.BOOL }, { S: String(value.BOOL) }, ...others];
  if (value.B !== undefined)
    return [{ B: Buffer.concat([value.B, Buffer.from([0])]) }, { B: new Uint8Array([1]) }, ...others];
  if (value.L !== undefined)
    return [{ L: [...value.L, { S: "x" }] }, { L: value.L.slice(1) }, { S: "altered" }, { NULL: true }];
  if (value.M !== undefined) {
    return [
      { M: { ...value.M, added: { N: "1" } } },
      { M: Object.fromEntries([...Object.entries(value.M), ["__proto__", { S: "x" }]]) },
      ...Object.entries(value.M).flatMap(([name, member]) => [
        { M: Object.fromEntries(Object.entries(value.M ?? {}).filter(([other]) => other !== name)) },
        ...alterations(member).map((altered) => ({ M: { ...value.M, [name]: altered } })),
      ]),
      { S: "altered" },
      { NULL: true },
    ];
  }
  throw new Error("a version has no attributes of other types");
}

describe("verify", () => {
  const id = "verified";
  beforeAll(async () => {
    await world().record(id, [
      { document: retellDocument(id), at: start },
      {
        document: retellDocument(id, { name: "Refund, angry" }, start + 4_000),
        at: start + 5_000,
        attribution: {
          requestId: "edit-1",
          epoch: 1,
          actorClaimed: "ana",
          actorAuthenticated: "token",
          reason: "r",
          reference: "QA-1",
        },
        extras: {
          receipt: { status: 200, durationMs: 12.5, requestId: "req_1" },
          differences: [{ pointer: "/llm_model", sent: "gpt-4", stored: "gpt-4.1" }],
        },
      },
      {
        document: retellDocument(id, { metrics: ["a", "b"] }, start + 7_500),
        at: start + 8_000,
        source: "reconciliation",
      },
      { document: "gone", at: start + 9_000 },
    ]);
  });

  it("says that an untouched history is valid, and how many versions were checked", async () => {
    expect(await verify(id)).toEqual({ valid: true, checked: 4 });
    expect(await verify(id, "?from=3")).toEqual({ valid: true, checked: 2 });
  });

  it("finds every change of every attribute of every version, and where it is", async () => {
    const unnoticed: string[] = [];
    let tried = 0;
    for (const [index, item] of (await itemsOf(id)).entries()) {
      const attempts = Object.entries(item)
        .filter(([name]) => name !== "pk" && name !== "sk")
        .flatMap(([name, value]) => [
          {
            what: `${name} removed`,
            altered: Object.fromEntries(Object.entries(item).filter(([other]) => other !== name)),
          },
          ...alterations(value).map((other) => ({
            what: `${name} = ${JSON.stringify(other)}`,
            altered: { ...item, [name]: other },
          })),
        ]);
      attempts.push({ what: "added", altered: { ...item, added: { S: "x" } } });
      attempts.push({ what: "late", altered: { ...item, late: { BOOL: true } } });
      attempts.push({
        what: "__proto__",
        altered: Object.fromEntries([...Object.entries(item), ["__proto__", { M: {} }]]),
      });
      attempts.push({ what: "patchBytes", altered: { ...item, patchBytes: { B: new Uint8Array([7]) } } });
      for (const { what, altered } of attempts) {
        // A feed's key may not be of another type, and an attribute may not be empty: the engine refuses it itself.
        const isPut = await put(altered).then(
          () => true,
          (error: Error) => {
            if (error.name === "ValidationException") return false;
            throw error;
          },
        );
        if (!isPut) continue;
        tried += 1;
        const found = await verify(id);
        if (
          found["valid"] !== false ||
          found["brokenAt"] !== index + 1 ||
          typeof found["reason"] !== "string"
        ) {
          unnoticed.push(`version ${index + 1}: ${what}: ${JSON.stringify(found)}`);
        }
      }
      await put(item);
    }
    expect(unnoticed).toEqual([]);
    expect(tried).toBeGreaterThan(500);
    expect(await verify(id)).toEqual({ valid: true, checked: 4 });
  });

  it.each([1, 2, 4])("finds that version %i was removed", async (version) => {
    const item = (await itemsOf(id))[version - 1] as Item;
    await remove(item);
    expect(await verify(id)).toMatchObject({ valid: false, brokenAt: version, checked: version - 1 });
    await put(item);
  });

  it.each([
    ["below the first version", "V#0000000000"],
    ["beyond the head", "V#0000000005"],
    ["between two versions", "V#0000000002x"],
  ])("finds an item that was put %s", async (_where, sk) => {
    const added = { ...((await itemsOf(id))[3] as Item), sk: { S: sk } };
    await put(added);
    expect(await verify(id)).toMatchObject({ valid: false });
    await remove(added);
    expect(await verify(id)).toEqual({ valid: true, checked: 4 });
  });

  it.each([
    ["version", { N: "3" }],
    ["version", { N: "5" }],
    ["chainHash", { S: "0".repeat(64) }],
  ])("finds that the head's %s is not the last version's", async (name, value) => {
    const set = (value: AttributeValue) =>
      world().client.send(
        new UpdateItemCommand({
          TableName: testTables.state,
          Key: marshall(mirrorKey("retell", id)),
          UpdateExpression: "SET #name = :value",
          ExpressionAttributeNames: { "#name": name },
          ExpressionAttributeValues: { ":value": value },
          ReturnValues: "UPDATED_OLD",
        }),
      );
    const { Attributes } = await set(value);
    expect(await verify(id)).toMatchObject({ valid: false });
    await set(Attributes?.[name] as AttributeValue);
    expect(await verify(id)).toEqual({ valid: true, checked: 4 });
  });

  it("finds that a chunk of a large document was altered or removed", async () => {
    const large = "verified-large";
    // Hex of random bytes cannot be compressed below half its size.
    const noise = Buffer.from(crypto.getRandomValues(new Uint8Array(60_000))).toString("hex");
    const text = Array.from({ length: 10 }, () => [...noise].sort(() => Math.random() - 0.5).join("")).join(
      "",
    );
    await world().record(large, [{ document: retellDocument(large, { user_prompt: text }), at: start }]);
    const [item] = await itemsOf(large);
    const { sha256, chunks } = item?.["document"]?.M ?? {};
    expect(Number(chunks?.N)).toBeGreaterThan(1);
    expect(await verify(large)).toEqual({ valid: true, checked: 1 });

    const chunk = marshall(blobKey(String(sha256?.S), 1));
    await put({ ...chunk, bytes: { B: new Uint8Array([1, 2, 3]) } });
    expect(await verify(large)).toMatchObject({ valid: false, brokenAt: 1 });
    await remove(chunk);
    expect(await verify(large)).toMatchObject({ valid: false, brokenAt: 1 });
  });

  it("goes on where a page of a hundred ended", async () => {
    const long = "verified-long";
    const steps = Array.from({ length: 120 }, (_, index) => ({
      document: retellDocument(long, { name: `Refund ${index}` }),
      at: start + index * 10,
    }));
    await world().record(long, steps);
    const first = await verify(long);
    expect(first).toEqual({ valid: true, checked: 100, next: 101 });
    expect(await verify(long, "?from=101")).toEqual({ valid: true, checked: 20 });

    const item = (await itemsOf(long))[100] as Item;
    await put({ ...item, name: { S: "altered" } });
    expect(await verify(long, `?from=${first["next"]}`)).toMatchObject({
      valid: false,
      checked: 0,
      brokenAt: 101,
    });
  });

  it("knows no definition without a history, and no start beyond the end", async () => {
    expect(await verify("nowhere")).toMatchObject({ status: 404, code: "unknown-definition" });
    expect(await verify(id, "?from=6")).toMatchObject({ status: 404, code: "unknown-version" });
  });
});
