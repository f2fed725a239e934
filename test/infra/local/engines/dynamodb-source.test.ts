import { describe, expect, it } from "vitest";
import { chooseDynamoDbSource } from "../../../../infra/local/engines/dynamodb-source.ts";
import { EngineUnavailableError } from "../../../../infra/local/engines/engine-unavailable-error.ts";

describe("the local DynamoDB engine", () => {
  it("is the installed binary, also where an endpoint is named", () => {
    expect(chooseDynamoDbSource("/modules/dynoxide", "http://127.0.0.1:8000")).toEqual({
      binary: "/modules/dynoxide",
    });
  });

  it("is the named endpoint where npm installed no binary for the platform", () => {
    expect(chooseDynamoDbSource(undefined, "http://127.0.0.1:8000")).toEqual({
      endpoint: "http://127.0.0.1:8000",
    });
  });

  it.each([undefined, ""])(
    "is refused in one line that says what to set where there is neither (%s)",
    (endpoint) => {
      const choose = () => chooseDynamoDbSource(undefined, endpoint);
      expect(choose).toThrow(EngineUnavailableError);
      expect(choose).toThrow(/@dynoxide\/linux-x64 is not installed.*set AWS_ENDPOINT_URL_DYNAMODB/);
      expect(choose).not.toThrow("\n");
    },
  );
});
