/**
 * Stands in every bundle for the SDK's chain of credential sources. Lambda gives a function its role's credentials in
 * the environment and nowhere else, so the code for profiles, SSO and metadata endpoints (135 KB per bundle) stays out.
 */

type Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

/** The SDK imports it by this name. */
export function defaultProvider(): () => Promise<Credentials> {
  return async () => {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
    if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) {
      throw new Error("the environment has no AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    }
    return {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
    };
  };
}
