import { describe, expect, test } from "vitest";
import { SynthesizedStack } from "./synthesized-stack.ts";

const stack = new SynthesizedStack();

describe("the HTTP API", () => {
  test("asks the authorizer for every route but the two that anybody may read", () => {
    const routes = stack.resources<{ RouteKey: string; AuthorizerId?: string; AuthorizationType: string }>(
      "AWS::ApiGatewayV2::Route",
    );
    expect(
      routes.map(({ properties: { RouteKey, AuthorizationType, AuthorizerId } }) => [
        RouteKey,
        AuthorizationType,
        AuthorizerId,
      ]),
    ).toEqual([
      ["GET /health", "NONE", undefined],
      ["ANY /", "CUSTOM", "<ApiAuthorize>"],
      ["ANY /{proxy+}", "CUSTOM", "<ApiAuthorize>"],
    ]);
  });

  test("a request without a token reaches the functions, which answer it, and no decision is cached by the gateway", () => {
    expect(stack.resources("AWS::ApiGatewayV2::Authorizer").map(({ properties }) => properties)).toEqual([
      expect.objectContaining({
        AuthorizerType: "REQUEST",
        AuthorizerPayloadFormatVersion: "2.0",
        EnableSimpleResponses: true,
        IdentitySource: [],
        AuthorizerResultTtlInSeconds: 0,
      }),
    ]);
  });

  test("one function answers all routes, with payload 2.0", () => {
    expect(stack.resources("AWS::ApiGatewayV2::Integration").map(({ properties }) => properties)).toEqual([
      expect.objectContaining({
        IntegrationType: "AWS_PROXY",
        IntegrationUri: "<QueryApiFunction.Arn>",
        PayloadFormatVersion: "2.0",
      }),
    ]);
  });

  test("the stage is throttled, and its access log has neither headers nor query strings", () => {
    const [stage, ...others] = stack.resources<{
      StageName: string;
      DefaultRouteSettings: { ThrottlingRateLimit: number; ThrottlingBurstLimit: number };
      AccessLogSettings: { DestinationArn: string; Format: string };
    }>("AWS::ApiGatewayV2::Stage");
    expect(others).toEqual([]);
    expect(stage?.properties.StageName).toBe("$default");
    expect(stage?.properties.DefaultRouteSettings.ThrottlingRateLimit).toBeGreaterThan(0);
    expect(stage?.properties.DefaultRouteSettings.ThrottlingBurstLimit).toBeGreaterThan(0);
    expect(stage?.properties.AccessLogSettings.DestinationArn).toBe("<ApiAccessLogs.Arn>");
    const logged = Object.values(JSON.parse(stage?.properties.AccessLogSettings.Format ?? "{}"));
    expect(logged.toSorted()).toEqual([
      "$context.authorizer.error",
      "$context.httpMethod",
      "$context.identity.sourceIp",
      "$context.integrationErrorMessage",
      "$context.path",
      "$context.requestId",
      "$context.requestTime",
      "$context.responseLatency",
      "$context.responseLength",
      "$context.status",
    ]);
  });
});
