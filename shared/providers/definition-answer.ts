/**
 * Definitions in a provider's answers. Only what we rely on is checked, and every member, known or not, is kept.
 * `undefined` stands for an answer that the provider does not document: never for an empty one.
 */
import { isJsonObject, type JsonObject, type JsonValue, stringifyJson } from "../platform/json.ts";
import type { Answer, ObservedDefinition, ProviderTimestamp } from "./provider.ts";
import { readAnswer } from "./provider-answer.ts";
import type { ProviderCall, ProviderTransport } from "./provider-call.ts";
import { textMember } from "./text-member.ts";

/** Where a provider's definitions tell what they are. */
export type DefinitionForm = {
  readonly id: string;
  readonly modified: string;
  readonly created: string;
  /** Both are `undefined` for what is no time that we could rely on. */
  modifiedAt(value: JsonValue | undefined): ProviderTimestamp | undefined;
  createdAt(value: JsonValue | undefined): ProviderTimestamp | undefined;
  /** Of a provider that keeps what was deleted; `undefined`: a mark that cannot be understood, which proves nothing. */
  isDeleted?(value: JsonObject): boolean | undefined;
};

/** A definition from its JSON and the text that it was parsed from. */
export function definitionIn(
  value: JsonValue | undefined,
  text: string,
  form: DefinitionForm,
): ObservedDefinition | undefined {
  const definitionId = textMember(value, form.id);
  if (!isJsonObject(value) || definitionId === undefined) return undefined;
  const deleted = form.isDeleted === undefined ? false : form.isDeleted(value);
  if (deleted === undefined) return undefined;
  // Own members only, and those of the definition itself: objects in it may have namesakes.
  const own = (name: string) => (Object.hasOwn(value, name) ? value[name] : undefined);
  const modified = form.modifiedAt(own(form.modified));
  const created = form.createdAt(own(form.created));
  return {
    definitionId,
    text,
    value,
    ...(modified !== undefined && { modified }),
    ...(created !== undefined && { created }),
    deleted,
  };
}

/** The items of a list; one that is no definition makes the whole list unbelievable. */
export function definitionsIn(
  items: readonly JsonValue[],
  form: DefinitionForm,
): readonly ObservedDefinition[] | undefined {
  const definitions = items.map((item) => definitionIn(item, stringifyJson(item), form));
  return definitions.every((definition) => definition !== undefined) ? definitions : undefined;
}

/** How an answer that is about one definition is understood. */
export type OneDefinition<Body> = {
  read(value: JsonValue, text: string): Body | undefined;
  /** Finds its id in a text of which only a part came. */
  idIn(text: string): string | undefined;
  /** The one that was asked for, if one was: another one is no answer. */
  readonly expectedId?: string | undefined;
  /** What an answer without any body says, where the provider may give such a one. */
  readonly ifEmpty?: Body;
};

export async function callForDefinition<Body extends { readonly definitionId: string }>(
  call: ProviderTransport,
  request: Omit<ProviderCall, "definitionIdIn">,
  { read, idIn, expectedId, ifEmpty }: OneDefinition<Body>,
): Promise<Answer<Body>> {
  const answer = await call({ ...request, definitionIdIn: idIn });
  if (answer.text === "" && ifEmpty !== undefined) return { body: ifEmpty, receipt: answer.receipt };
  const readExpected = (value: JsonValue) => {
    const found = read(value, answer.text);
    return expectedId !== undefined && found?.definitionId !== expectedId ? undefined : found;
  };
  return readAnswer(answer, readExpected, idIn);
}

/**
 * A delete's answer: nothing, or the empty object that some documents declare, or what `saysDeleted` knows. Any other
 * page or JSON may be that of somebody who never asked the provider; whether it happened is found out then.
 */
export async function callForDeletion(
  call: ProviderTransport,
  request: Pick<ProviderCall, "path" | "timeoutMs">,
  saysDeleted: (value: JsonObject, text: string) => boolean = () => false,
): Promise<Answer<undefined>> {
  const answer = await call({ method: "DELETE", ...request });
  if (answer.text === "") return { body: undefined, receipt: answer.receipt };
  const isBelieved = (value: JsonValue) =>
    isJsonObject(value) && (Object.keys(value).length === 0 || saysDeleted(value, answer.text));
  const { receipt } = readAnswer(answer, (value) => (isBelieved(value) ? true : undefined));
  return { body: undefined, receipt };
}
