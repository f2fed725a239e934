/** Has the provider answered anything? What was decided without asking it says nothing about the connection. */
import type { Answer, Provider } from "../providers/provider.ts";
import { ProviderCallError } from "../providers/provider-call-error.ts";

export type AnswerWatch = { readonly provider: Provider; readonly hasAnswered: () => boolean };

/** A refusal is an answer as well; a fault is none. */
export function watchAnswers(provider: Provider): AnswerWatch {
  let hasAnswered = false;
  const watched = async <T>(call: Promise<Answer<T>>): Promise<Answer<T>> => {
    try {
      const answer = await call;
      hasAnswered = true;
      return answer;
    } catch (error) {
      const isAnswer =
        error instanceof ProviderCallError && error.status !== undefined && error.effect === "none";
      if (isAnswer) hasAnswered = true;
      throw error;
    }
  };
  return {
    hasAnswered: () => hasAnswered,
    provider: {
      dialect: provider.dialect,
      get: (...asked) => watched(provider.get(...asked)),
      list: (...asked) => watched(provider.list(...asked)),
      listScopes: (...asked) => watched(provider.listScopes(...asked)),
      checkKey: (...asked) => watched(provider.checkKey(...asked)),
      create: (...asked) => watched(provider.create(...asked)),
      update: (...asked) => watched(provider.update(...asked)),
      delete: (...asked) => watched(provider.delete(...asked)),
    },
  };
}
