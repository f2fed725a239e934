/** Adapters with one fault each, and the demands of the kit that must notice it. */
import {
  isJsonArray,
  isJsonObject,
  type JsonValue,
  stringifyJson,
} from "../../../../shared/platform/json.ts";
import type {
  Answer,
  ObservedDefinition,
  Provider,
  ProviderTimestamp,
} from "../../../../shared/providers/provider.ts";
import { ProviderCallError } from "../../../../shared/providers/provider-call-error.ts";
import type { Plant } from "./check.ts";

export type PlantedFault = {
  readonly what: string;
  readonly plant: Plant;
  /** Titles of checks, each of which must fail. */
  readonly caughtBy: readonly string[];
  /** It shows where a list has pages only. */
  readonly needsPages?: true;
};

export const plantedFaults: readonly PlantedFault[] = [
  {
    what: "drops unknown members",
    plant: (provider) => ({
      ...provider,
      ...readingDefinitions(provider, (definition) => {
        const unknown = provider.dialect.unknownMembers(definition.value);
        const known = Object.entries(definition.value).filter(([name]) => !unknown.includes(name));
        return withValue(definition, Object.fromEntries(known));
      }),
    }),
    caughtBy: [
      "reads every member, known or not, and the text of every number",
      "shows in lists what it reads by id",
      "keeps any unknown member over a read, an edit and a read",
    ],
  },
  {
    what: "prints numbers anew",
    plant: (provider) => ({
      ...provider,
      ...readingDefinitions(provider, (definition) =>
        withValue(definition, JSON.parse(stringifyJson(definition.value))),
      ),
    }),
    caughtBy: ["reads every member, known or not, and the text of every number"],
  },
  {
    what: "retries a POST",
    plant: (provider) => ({
      ...provider,
      create: (...asked) =>
        provider.create(...asked).catch((error: unknown) => {
          if (error instanceof ProviderCallError && error.retryable) return provider.create(...asked);
          throw error;
        }),
    }),
    caughtBy: [
      "makes a write once whose answer is lost, although it took effect",
      "takes a 500 for server-error, asking once",
      "does not take a reset for a success, and asks once",
    ],
  },
  {
    what: "retries a read",
    plant: (provider) => ({
      ...provider,
      get: (...asked) => provider.get(...asked).catch(() => provider.get(...asked)),
    }),
    caughtBy: ["takes a 429 for rate-limited, asking once"],
  },
  {
    what: "treats HTML as a success",
    plant: (provider) => ({
      ...provider,
      list: (...asked) => provider.list(...asked).catch(unlessMalformed({ definitions: [] })),
      delete: (...asked) => provider.delete(...asked).catch(unlessMalformed(undefined)),
    }),
    caughtBy: [
      "does not take an HTML page for a success, and asks once",
      "never takes a list for complete that has a wrong page in it",
    ],
  },
  {
    what: "takes a refused list for an empty one",
    plant: (provider) => ({
      ...provider,
      list: (...asked) => provider.list(...asked).catch(() => answered({ definitions: [] })),
    }),
    caughtBy: ["never takes a list for complete of which a page was refused or lost"],
  },
  {
    what: "ignores the second page",
    plant: (provider) => ({
      ...provider,
      async list(...asked) {
        const { body, receipt } = await provider.list(...asked);
        return { body: { definitions: body.definitions }, receipt };
      },
    }),
    caughtBy: ["reads a list to its end, every definition once"],
    needsPages: true,
  },
  {
    what: "reads the agent's modification time",
    plant: (provider, { members }) => ({
      ...provider,
      ...readingDefinitions(provider, (definition) => {
        const raw = namesakeIn(Object.values(definition.value), members.modified);
        return raw === undefined ? definition : { ...definition, modified: timestampOf(raw) };
      }),
    }),
    caughtBy: ["never takes a namesake inside the definition for its own"],
  },
  {
    what: "tells the time of its own clock where the provider tells none",
    plant: (provider, account) => ({
      ...provider,
      ...readingDefinitions(provider, (definition) => ({
        modified: { raw: account.now(), at: account.now() },
        ...definition,
      })),
    }),
    caughtBy: ["invents no time where the provider gives none that can be understood"],
  },
];

/** Every call that answers definitions, each of them seen through `see`. */
function readingDefinitions(
  provider: Provider,
  see: (definition: ObservedDefinition) => ObservedDefinition,
): Pick<Provider, "get" | "list" | "create" | "update"> {
  const seen = <T extends { readonly definitionId: string }>(answer: Answer<T>): Answer<T> =>
    "value" in answer.body
      ? { ...answer, body: see(answer.body as T & ObservedDefinition) as T & ObservedDefinition }
      : answer;
  return {
    get: async (...asked) => seen(await provider.get(...asked)),
    create: async (...asked) => seen(await provider.create(...asked)),
    update: async (...asked) => seen(await provider.update(...asked)),
    async list(...asked) {
      const { body, receipt } = await provider.list(...asked);
      return { body: { ...body, definitions: body.definitions.map(see) }, receipt };
    },
  };
}

function withValue(definition: ObservedDefinition, value: ObservedDefinition["value"]): ObservedDefinition {
  return { ...definition, value, text: stringifyJson(value) };
}

function answered<T>(body: T): Answer<T> {
  return { body, receipt: { status: 200, durationMs: 0 } };
}

function unlessMalformed<T>(body: T): (error: unknown) => Answer<T> {
  return (error) => {
    if (error instanceof ProviderCallError && error.code === "malformed-answer") return answered(body);
    throw error;
  };
}

/** The member of this name in the first object that has one, at any depth. */
function namesakeIn(values: readonly JsonValue[], name: string): JsonValue | undefined {
  for (const value of values) {
    if (isJsonObject(value) && Object.hasOwn(value, name)) return value[name];
    const below = isJsonObject(value) ? Object.values(value) : isJsonArray(value) ? value : [];
    const found = namesakeIn(below, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function timestampOf(raw: JsonValue): ProviderTimestamp {
  return typeof raw === "number" ? { raw, at: raw } : { raw: String(raw), at: Date.parse(String(raw)) };
}
