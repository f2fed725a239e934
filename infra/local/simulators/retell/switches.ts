/**
 * How the simulated Retell decides what Retell's documents leave open, one switch per open point. A client has to
 * give the same results in every position; the defaults are the positions that seem most likely or are least kind.
 */
import * as z from "zod/mini";
import { readSwitches, serverSwitches } from "../common-switches.ts";

const modelNames = z.record(z.string(), z.string());
const extraMembers = z.enum(["ignored", "kept", "rejected"]);
const count = z.int().check(z.gte(0));

export const switchesSchema = z.strictObject({
  // Writes

  /**
   * What PUT does with members that the body lacks. `merge`: they stay. `replace`: optional ones are reset, a
   * missing required one is a 400. `replace-strict`: every missing one of the seven is a 400.
   */
  put: z._default(z.enum(["merge", "replace", "replace-strict"]), "replace"),
  /** Does a PUT that changes nothing advance `user_modified_timestamp`? */
  noOpPutBumpsTimestamp: z._default(z.boolean(), true),
  /** Top-level members outside the documented seven: not stored, stored, or a 400. */
  unknownMembers: z._default(extraMembers, "ignored"),
  /** The same inside `response_engine` and `tool_mocks` (users see a `type` on mocks). */
  unknownNestedMembers: z._default(extraMembers, "kept"),
  /** `test_case_definition_id` in the body of a PUT; one old document demands it. */
  idInBody: z._default(z.enum(["ignored", "required", "rejected"]), "ignored"),
  /** `null` for `llm_model`, `dynamic_variables`, `tool_mocks`: a 400, as if absent, or stored. */
  nullMembers: z._default(z.enum(["rejected", "as-absent", "stored"]), "rejected"),
  /** Are `llm_model`, `dynamic_variables` and `tool_mocks` filled in where a create or a replacing PUT lacks them? */
  serverDefaults: z._default(z.boolean(), true),
  defaultModel: z._default(z.string(), "gpt-4.1"),
  /** Retired model name → the name that is stored when a request submits it. */
  modelReplacements: z._default(modelNames, {}),
  /** Retired model name → the name that answers show while the stored one stays. */
  modelsShownAs: z._default(modelNames, {}),
  /** Other model names are a 400; `null`: any name is accepted. */
  knownModels: z._default(z.nullable(z.array(z.string())), null),
  /** A second definition of the same name at the same engine. */
  duplicateNames: z._default(z.literal(["accepted", 400, 409]), "accepted"),
  /** A write that names an engine which does not exist. */
  unknownEngineOnWrite: z._default(z.literal(["accepted", 400, 404, 422]), 422),
  /** A write that names a version which its engine does not have. */
  unknownEngineVersion: z._default(z.literal(["accepted", 400, 422]), "accepted"),
  /** Deleting what is not (or no longer) there. */
  deleteMissing: z._default(z.literal([404, 204]), 404),
  /** Text that is not stored byte for byte: names, prompts and metrics are trimmed or brought to NFC. */
  storedText: z._default(z.enum(["verbatim", "trimmed", "nfc"]), "verbatim"),
  /** Longest strings (code points) and arrays, where there is a limit; `body` in bytes gives 413, the others 400. */
  lengthLimits: z._default(
    z.strictObject({
      name: z.exactOptional(count),
      user_prompt: z.exactOptional(count),
      metrics: z.exactOptional(count),
      tool_mocks: z.exactOptional(count),
      body: z.exactOptional(count),
    }),
    {},
  ),
  /** Trial ended: every create is a 402. */
  trialEnded: z._default(z.boolean(), false),

  // Reads

  ...readSwitches,
  /** LIST for an engine that does not exist (any more). */
  listUnknownEngine: z._default(z.literal(["empty", 400, 404, 422]), "empty"),
  /**
   * What becomes of the definitions of a deleted engine. `listed`: nothing. `readable`: LIST treats the engine as
   * unknown, GET, PUT and DELETE by id go on. `hidden`: these are 404 as well. `deleted`: they go with the engine.
   */
  orphans: z._default(z.enum(["listed", "readable", "hidden", "deleted"]), "readable"),
  listOrder: z._default(z.enum(["oldest-first", "newest-first"]), "newest-first"),
  /** `offset` cursors count rows: an insert or a delete between two pages repeats or skips an item. */
  cursors: z._default(z.enum(["keyset", "offset"]), "keyset"),
  /** `limit` below 1 or above 1000. One that is no integer is always a 400. */
  limitOutOfRange: z._default(z.literal([400, "clamp"]), 400),
  invalidPaginationKey: z._default(z.literal([400, 500, "first-page"]), 400),
  /** Rows of the engine lists. */
  engineRows: z._default(z.enum(["one-per-engine", "one-per-version"]), "one-per-engine"),
  /** The old `/list-test-case-definitions` without pages. */
  v1List: z._default(z.literal(["works", 404, 410]), 404),

  ...serverSwitches,
});

export type Switches = z.infer<typeof switchesSchema>;

export const defaultSwitches: Switches = switchesSchema.parse({});
