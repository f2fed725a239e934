/**
 * Mistakes planted on purpose, one by one: whoever removes a guard of the worker must see the simulation go red. Each
 * wraps a port the way the code would behave without that guard.
 */
import type { ConnectionQueue } from "../../functions/apply-change/handler.ts";
import type { Commit } from "../../shared/change-request/attempt/commit.ts";
import type { ClaimTarget } from "../../shared/definition/mirror/claim.ts";
import type { MirrorStore } from "../../shared/definition/mirror/mirror-store.ts";
import type { Answer, ObservedDefinition, Provider } from "../../shared/providers/provider.ts";
import { ProviderCallError } from "../../shared/providers/provider-call-error.ts";
import { definitionId, requestId, targetId } from "./stores/memory-tables.ts";
import type { Sabotage, Stores } from "./world/sabotage.ts";
import { CONNECTION } from "./world/simulated-connection.ts";

type Apply = ConnectionQueue["apply"];

const withApply = (queue: ConnectionQueue, changes: Partial<Apply>): ConnectionQueue => ({
  ...queue,
  apply: { ...queue.apply, ...changes },
});

/** Everybody holds every claim: all tokens are one. */
function claimIgnored(stores: Stores): Stores {
  const token = "everybody";
  const { mirrors, commits } = stores;
  const hold = (target: ClaimTarget) =>
    mirrors.takeClaim(target, { requestId: token, epoch: 0, token, leaseUntil: 0 }, 0);
  const underEverybodys: MirrorStore = {
    ...mirrors,
    takeClaim: (target, claim, now) => mirrors.takeClaim(target, { ...claim, token }, now),
    async writeIntent(target, _token, intent, superseded) {
      await hold(target);
      return await mirrors.writeIntent(target, token, intent, superseded);
    },
    async clearIntent(target) {
      await hold(target);
      return await mirrors.clearIntent(target, token);
    },
    releaseClaim: (target, _token, options) => mirrors.releaseClaim(target, token, options),
  };
  return {
    ...stores,
    mirrors: underEverybodys,
    commits: {
      async commit(commit) {
        await hold(commit.claim.target);
        return await commits.commit({ ...commit, claim: { ...commit.claim, token } });
      },
    },
  };
}

/** The call first, its intent afterwards. */
function intentAfterTheCall(queue: ConnectionQueue): ConnectionQueue {
  const { mirrors, provider } = queue.apply;
  let owed: (() => Promise<unknown>) | undefined;
  const paying = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    try {
      return await call();
    } finally {
      const pay = owed;
      owed = undefined;
      await pay?.();
    }
  };
  return withApply(queue, {
    mirrors: {
      ...mirrors,
      async writeIntent(target, token, intent, superseded) {
        const isNew = intent.callEnded === undefined && intent.token === token;
        if (!isNew) return await mirrors.writeIntent(target, token, intent, superseded);
        owed = () => mirrors.writeIntent(target, token, intent, superseded);
        return true;
      },
    },
    provider: {
      ...provider,
      create: (body, options) => paying(() => provider.create(body, options)),
      update: (id, body, options) => paying(() => provider.update(id, body, options)),
      delete: (id, options) => paying(() => provider.delete(id, options)),
    },
  });
}

/** As the provider's own SDK does. */
function createRetriedBlindly(queue: ConnectionQueue): ConnectionQueue {
  const { provider } = queue.apply;
  const create: Provider["create"] = async (body, options) => {
    try {
      return await provider.create(body, options);
    } catch (error) {
      if (!(error instanceof ProviderCallError) || error.effect === "none") throw error;
      return await provider.create(body, options);
    }
  };
  return withApply(queue, { provider: { ...provider, create } });
}

/** Every equal definition may be the one that was made, however old it is. */
function adoptedWithoutTimeWindow(queue: ConnectionQueue): ConnectionQueue {
  const { requests } = queue.apply;
  return withApply(queue, {
    requests: {
      ...requests,
      async read(key) {
        const record = await requests.read(key);
        return record?.firstAttemptAt === undefined ? record : { ...record, firstAttemptAt: 0 };
      },
    },
  });
}

/** The timestamp is not looked at: what was taken back looks as if it had never been written. */
function revertedEditWrittenAgain(queue: ConnectionQueue): ConnectionQueue {
  const { provider } = queue.apply;
  const get: Provider["get"] = async (id, options) => {
    const answer = await provider.get(id, options);
    const { modified: _ignored, ...body } = answer.body;
    return { ...answer, body } satisfies Answer<ObservedDefinition>;
  };
  return withApply(queue, { provider: { ...provider, get } });
}

/** Whoever commits last is right, whatever it was based on. */
function commitWithoutHead(stores: Stores, tables: Parameters<NonNullable<Sabotage["stores"]>>[1]): Stores {
  const { commits } = stores;
  return {
    ...stores,
    commits: {
      async commit(commit: Commit) {
        const { connection, definitionId: id } = commit.mirror;
        const item = targetId({ kind: "definition", connection, definitionId: id });
        const headVersion = tables.targets.get(item)?.mirror?.version ?? 0;
        const isMoved = headVersion !== commit.headVersion;
        if (isMoved) tables.versions.get(definitionId(commit.mirror))?.delete(commit.version.record.version);
        return await commits.commit({ ...commit, headVersion });
      },
    },
  };
}

/** First the version, then the outcome. */
function outcomeOutsideTransaction(queue: ConnectionQueue): ConnectionQueue {
  const { commits, requests, mirrors } = queue.apply;
  return withApply(queue, {
    commits: {
      async commit({ outcome, ...commit }) {
        const answer = await commits.commit(commit);
        if (outcome === undefined || !answer.committed) return answer;
        const { target, token } = commit.claim;
        const isWritten = await requests.finish(outcome);
        await mirrors.clearIntent(target, token);
        await mirrors.releaseClaim(target, token);
        return isWritten ? answer : { committed: false, reason: "request-settled" };
      },
    },
  });
}

/** A claim that was taken by a call whose answer was lost counts as somebody else's. */
function ownTokenNotRecognised(
  stores: Stores,
  tables: Parameters<NonNullable<Sabotage["stores"]>>[1],
): Stores {
  const { mirrors } = stores;
  return {
    ...stores,
    mirrors: {
      ...mirrors,
      async takeClaim(target, claim, now) {
        const held = tables.targets.get(targetId(target))?.claim;
        if (held?.token === claim.token) return { taken: false, heldUntil: held.leaseUntil };
        return await mirrors.takeClaim(target, claim, now);
      },
    },
  };
}

function withoutDeadLetters(queue: ConnectionQueue): ConnectionQueue {
  return { ...queue, messages: { ...queue.messages, deadLetter: async () => undefined } };
}

/** Every wait is an attempt. */
function deferralsCharged(
  queue: ConnectionQueue,
  tables: Parameters<NonNullable<Sabotage["ports"]>>[1],
): ConnectionQueue {
  const { apply, messages } = queue;
  let present = "";
  return {
    apply: {
      ...apply,
      requests: {
        ...apply.requests,
        read(key) {
          present = key.requestId;
          return apply.requests.read(key);
        },
      },
    },
    messages: {
      ...messages,
      async hide(receiptHandle, seconds) {
        const key = { connection: CONNECTION.id, requestId: present };
        const record = tables.requests.get(requestId(key));
        if (record !== undefined) {
          const { epoch, attempts, charges = 0 } = record;
          await apply.requests.noteFailure(key, epoch, { attempts: attempts + 1, charges: charges + 1 });
        }
        await messages.hide(receiptHandle, seconds);
      },
    },
  };
}

export const plantedFaults: Readonly<Record<string, Sabotage>> = {
  "claim ignored": { stores: claimIgnored },
  "intent written after the call": { ports: intentAfterTheCall },
  "blind retry of a create": { ports: createRetriedBlindly },
  "adopting without the time window": { ports: adoptedWithoutTimeWindow },
  "a reverted edit written again": { ports: revertedEditWrittenAgain },
  "commit without the head's condition": { stores: commitWithoutHead },
  "outcome outside the transaction": { ports: outcomeOutsideTransaction },
  "own token not recognised": { stores: ownTokenNotRecognised },
  "a failed request without its dead letter": { ports: withoutDeadLetters },
  "a deferral charged as an attempt": { ports: deferralsCharged },
};
