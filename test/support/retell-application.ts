/** The use case over a Retell's URL. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type ProviderApplication, providerApplication } from "./provider-application.ts";

export type RetellApplication = ProviderApplication;

export function retellApplication(
  baseUrl: string,
  client: DynamoDBClient,
  options: Parameters<typeof providerApplication>[2] = {},
): RetellApplication {
  return providerApplication({ provider: "retell", baseUrl }, client, options);
}
