/** The template's HTTP API: its routes, integrations and authorizers. */
import * as z from "zod/mini";
import type { LocalFunctions } from "../functions/local-functions.ts";
import { type References, resourcesOfType, type Template, TemplateError } from "../template/template.ts";
import type { Api, ApiRoute } from "./api-front.http.ts";
import { type Authorizer, createAuthorizer } from "./authorizer.ts";

const routeProperties = z.object({
  RouteKey: z.string(),
  /** `integrations/<id>` */
  Target: z.string(),
  AuthorizationType: z._default(z.enum(["NONE", "CUSTOM"]), "NONE"),
  AuthorizerId: z.optional(z.string()),
});
const integrationProperties = z.object({
  IntegrationType: z.literal("AWS_PROXY"),
  IntegrationUri: z.string(),
  PayloadFormatVersion: z.literal("2.0"),
  TimeoutInMillis: z._default(z.number(), 30_000),
});
const authorizerProperties = z.object({
  AuthorizerType: z.literal("REQUEST"),
  AuthorizerPayloadFormatVersion: z.literal("2.0"),
  EnableSimpleResponses: z.literal(true),
  AuthorizerUri: z.string(),
  AuthorizerResultTtlInSeconds: z._default(z.number(), 0),
  IdentitySource: z._default(z.array(z.string()), []),
});
const stageProperties = z.object({ StageName: z.literal("$default") });
/** Cross-origin answers are the gateway's own; nothing here gives them. */
const apiProperties = z.object({
  ProtocolType: z.literal("HTTP"),
  CorsConfiguration: z.optional(z.undefined()),
});

export function readApi(
  template: Template,
  references: References,
  functions: LocalFunctions,
  region: string,
): Api {
  const [api, ...others] = resourcesOfType(template, "AWS::ApiGatewayV2::Api", apiProperties, references);
  if (api === undefined || others.length > 0) {
    throw new TemplateError(`there are ${api === undefined ? 0 : others.length + 1} APIs instead of one`);
  }
  resourcesOfType(template, "AWS::ApiGatewayV2::Stage", stageProperties, references);
  const integrations = new Map(
    resourcesOfType(template, "AWS::ApiGatewayV2::Integration", integrationProperties, references).map(
      ({ logicalId, properties }) => [references.ref(logicalId), properties],
    ),
  );
  const authorizers = readAuthorizers(template, references, functions, region);
  const routes = resourcesOfType(template, "AWS::ApiGatewayV2::Route", routeProperties, references).map(
    ({ logicalId, properties }): ApiRoute => {
      const integration = integrations.get(properties.Target.replace("integrations/", ""));
      const authorizer = authorizers.get(properties.AuthorizerId ?? "");
      if (integration === undefined) throw new TemplateError(`${logicalId} has no integration`);
      if (properties.AuthorizationType === "CUSTOM" && authorizer === undefined) {
        throw new TemplateError(`${logicalId} has no authorizer`);
      }
      const pool = functions.named(integration.IntegrationUri);
      return {
        routeKey: properties.RouteKey,
        integrationTimeoutMs: integration.TimeoutInMillis,
        invoke: (event) => pool.invoke(event),
        ...(authorizer === undefined ? {} : { authorizer }),
      };
    },
  );
  return { apiId: references.ref(api.logicalId), routes };
}

function readAuthorizers(
  template: Template,
  references: References,
  functions: LocalFunctions,
  region: string,
): ReadonlyMap<string, Authorizer> {
  return new Map(
    resourcesOfType(template, "AWS::ApiGatewayV2::Authorizer", authorizerProperties, references).map(
      ({ logicalId, properties }) => {
        const pool = functions.named(properties.AuthorizerUri);
        const settings = {
          identitySources: properties.IdentitySource,
          resultTtlMs: properties.AuthorizerResultTtlInSeconds * 1_000,
          region,
        };
        return [
          references.ref(logicalId),
          createAuthorizer((event) => pool.invoke(event), settings, Date.now),
        ];
      },
    ),
  );
}
