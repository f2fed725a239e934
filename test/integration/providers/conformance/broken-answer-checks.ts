/** A success that cannot be read is none: whether the call took effect is unknown, and it is never made again. */
import { expect } from "vitest";
import type { FaultInput } from "../../../../infra/local/simulators/fault.ts";
import { failureOf } from "../provider-call-context.ts";
import {
  bodyOfEdit,
  type ConformanceCheck,
  type ConformanceWorld,
  callsOn,
  hasty,
  inTime,
  type NamedCall,
  options,
  rawAnswerTo,
  requestsOf,
} from "./check.ts";
import type { SimulatedAccount } from "./harness.ts";

type Broken = {
  readonly what: string;
  readonly fault: FaultInput;
  readonly code: "malformed-answer" | "timeout" | "connection-lost";
  readonly status?: number;
  /** The calls that could be answered so in all honesty. */
  readonly fits?: (call: NamedCall, account: SimulatedAccount) => boolean;
};

/** A delete has nothing to say. */
const hasNoBody = ({ name }: NamedCall) => name === "delete";
const mayBeEmpty = (call: NamedCall, { emptyAnswers = [] }: SimulatedAccount) =>
  hasNoBody(call) || emptyAnswers.includes(call.name);
const answersAnything = (call: NamedCall) => hasNoBody(call) || call.name === "checkKey";

const broken: readonly Broken[] = [
  {
    what: "an HTML page",
    fault: { answer: { status: 200, html: true } },
    code: "malformed-answer",
    status: 200,
  },
  {
    what: "an empty body",
    fault: { answer: { status: 200, body: "" } },
    code: "malformed-answer",
    status: 200,
    fits: mayBeEmpty,
  },
  {
    what: "a 204 without a body",
    fault: { answer: { status: 204, body: "" } },
    code: "malformed-answer",
    status: 204,
    fits: mayBeEmpty,
  },
  {
    what: "null",
    fault: { answer: { status: 200, body: "null" } },
    code: "malformed-answer",
    status: 200,
  },
  {
    what: "a text",
    fault: { answer: { status: 200, body: '"ok"' } },
    code: "malformed-answer",
    status: 200,
  },
  {
    what: "an error that comes as a success",
    fault: { answer: { status: 200, body: '{"status":"error","message":"maintenance"}' } },
    code: "malformed-answer",
    status: 200,
    fits: ({ name }) => name === "checkKey",
  },
  {
    what: "an empty object",
    fault: { answer: { status: 200, body: "{}" } },
    code: "malformed-answer",
    status: 200,
    fits: answersAnything,
  },
  {
    what: "JSON that is cut short",
    fault: { answer: "truncated-json" },
    code: "malformed-answer",
    fits: hasNoBody,
  },
  { what: "a body that breaks off", fault: { answer: "cut-body" }, code: "connection-lost", fits: hasNoBody },
  { what: "a body that stalls", fault: { answer: "stalled-body" }, code: "timeout", fits: hasNoBody },
  { what: "a reset", fault: { answer: "reset" }, code: "connection-lost" },
  { what: "silence", fault: { answer: "never" }, code: "timeout" },
];

export const brokenAnswerChecks: readonly ConformanceCheck[] = [
  ...broken.map(
    ({ what, fault, code, status, fits }): ConformanceCheck => ({
      title: `does not take ${what} for a success, and asks once`,
      async run(world) {
        const { account, provider } = world;
        const calls = await callsOn(world, account.createOutside("broken"));
        const how = code === "timeout" ? hasty : options;
        for (const call of calls.filter((each) => fits?.(each, account) !== true)) {
          account.addFault(fault);
          const effects = account.effects().length;
          const requests = await requestsOf(world, async () => {
            const error = await failureOf(inTime(call.run(provider, how)));
            expect(error, call.name).toMatchObject({ code, effect: "unknown", retryable: true });
            if (status !== undefined) expect(error.status, call.name).toBe(status);
          });
          expect(requests, call.name).toHaveLength(1);
          expect(account.effects(), call.name).toHaveLength(effects + (call.isWrite ? 1 : 0));
        }
      },
    }),
  ),
  {
    title: "makes a write once whose answer is lost, although it took effect",
    async run(world) {
      const { account, provider } = world;
      const calls = await callsOn(world, account.createOutside("once"));
      for (const call of calls.filter(({ isWrite }) => isWrite)) {
        account.addFault({ answer: { status: 500 } });
        const effects = account.effects().length;
        await failureOf(call.run(provider, options));
        // A call that is made again later shows as well.
        await provider.checkKey(options);
        expect(account.effects(), call.name).toHaveLength(effects + 1);
      }
    },
  },
  {
    title: "takes nothing from an answer about another definition",
    async run(world) {
      const { account, provider } = world;
      const id = account.createOutside("asked");
      const other = account.createOutside("other");
      const body = await bodyOfEdit(world, id, { [account.members.name]: "x" });
      const answer = { status: 200, body: await answerText(world, () => provider.get(other, options)) };
      for (const call of [() => provider.get(id, options), () => provider.update(id, body, options)]) {
        account.addFault({ answer });
        expect(await failureOf(call())).toMatchObject({
          code: "malformed-answer",
          effect: "unknown",
          definitionId: other,
        });
      }
    },
  },
  {
    title: "names the definition that a create has made where its answer is cut short",
    async run(world) {
      const { account, provider } = world;
      const body = provider.dialect.createBody({
        ...account.definition("made"),
        // A prompt that talks of ids, in the provider's own words.
        [account.members.prompt]: `"${account.members.id}": "another"`,
      });
      const whole = await answerText(world, () => provider.create(body, options));
      const made = account.effects().at(-1)?.definitionId;
      account.addFault({ answer: { status: 200, body: whole.slice(0, -1) } });
      expect(await failureOf(provider.create(body, options))).toMatchObject({
        code: "malformed-answer",
        effect: "unknown",
        definitionId: made,
      });
      account.addFault({ answer: { status: 200, body: whole.slice(0, 5) } });
      expect((await failureOf(provider.create(body, options))).definitionId).toBeUndefined();
    },
  },
];

/** The text with which the simulator answers the call. */
async function answerText(world: ConformanceWorld, call: () => Promise<unknown>): Promise<string> {
  const [request] = await requestsOf(world, call);
  if (request === undefined) throw new Error("the call made no request");
  return await rawAnswerTo(world, request);
}
