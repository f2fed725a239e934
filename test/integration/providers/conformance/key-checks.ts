/** The key goes to the provider's base URL, in one header, and nowhere else. */
import { inspect } from "node:util";
import { expect } from "vitest";
import { closing, failureOf } from "../provider-call-context.ts";
import { json, startScriptedServer } from "../scripted-server.ts";
import { type ConformanceCheck, callsOn, options, requestsOf } from "./check.ts";

export const keyChecks: readonly ConformanceCheck[] = [
  {
    title: "sends the key in no place but the Authorization header",
    async run(world) {
      const { account, provider } = world;
      const calls = await callsOn(world, account.createOutside("keyed"));
      for (const { name, run } of calls) {
        const requests = await requestsOf(world, () => run(provider, options));
        expect(requests, name).toHaveLength(1);
        for (const { path, query, bodyText, headers } of requests) {
          const { authorization, ...others } = headers;
          expect(authorization, name).toBe("Bearer …");
          expect(inspect([path, query, bodyText, others], { depth: 5 }), name).not.toContain(account.apiKey);
        }
      }
    },
  },
  ...[301, 302, 303, 307, 308].map(
    (status): ConformanceCheck => ({
      title: `does not follow a ${status} to another server`,
      async run(world) {
        const { account, provider } = world;
        const elsewhere = closing(await startScriptedServer((_, response) => json(response, 200, "{}")));
        const calls = await callsOn(world, account.createOutside("redirected"));
        for (const { name, run } of calls) {
          const headers = { location: `${elsewhere.url}/elsewhere` };
          account.addFault({ apply: "never", answer: { status, headers } });
          const error = await failureOf(run(provider, options));
          expect(error, name).toMatchObject({ code: "redirected", effect: "none" });
        }
        expect(elsewhere.requests).toEqual([]);
      },
    }),
  ),
  {
    title: "says that the key is refused, without showing it",
    async run(world) {
      const { account } = world;
      const wrong = "key_that_nobody_knows";
      const calls = await callsOn(world, account.createOutside("refused"));
      for (const { name, run } of calls) {
        const error = await failureOf(run(world.withKey(wrong), options));
        expect(error, name).toMatchObject({ code: "key-refused", effect: "none", status: 401 });
        expect(inspect(error, { depth: 10 }), name).not.toContain(wrong);
      }
      expect(account.effects()).toHaveLength(1);
    },
  },
  {
    title: "shows the key in none of the provider's words",
    async run(world) {
      const { account, provider } = world;
      const calls = await callsOn(world, account.createOutside("echoed"));
      for (const { name, run } of calls) {
        account.addFault({ apply: "never", answer: { status: 400, message: `sent ${account.apiKey}!` } });
        const error = await failureOf(run(provider, options));
        expect(error.providerMessage, name).toBe("sent [key]!");
        expect(inspect(error, { depth: 10 }), name).not.toContain(account.apiKey);
      }
    },
  },
];
