/** A worker that dies in the middle of its work, as with `kill -9`: from then on nothing that it calls does anything. */
import type { ApplyDependencies } from "../../shared/change-request/attempt/attempt.ts";

type Part = "provider" | "requests" | "mirrors" | "history" | "commits" | "health";
/** `<part>.<method>`, as the use case calls it. */
export type Call = { [Name in Part]: `${Name}.${keyof ApplyDependencies[Name] & string}` }[Part];

export type Death =
  /** The call is not made any more. */
  | { readonly before: Call }
  /** The call was made; its answer is not heard any more. */
  | { readonly after: Call };

/** What the dead worker's own code sees. */
export class WorkerDied extends Error {
  override name = "WorkerDied";
}

export type DyingWorker = { readonly dependencies: ApplyDependencies; readonly isDead: () => boolean };

/** A worker that dies at the first such call. */
export function dyingWorker(dependencies: ApplyDependencies, death: Death): DyingWorker {
  const life = { isOver: false };
  const mortal = <Name extends Part>(part: Name): ApplyDependencies[Name] =>
    new Proxy(dependencies[part], {
      get(target, method, receiver) {
        const member: unknown = Reflect.get(target, method, receiver);
        if (typeof member !== "function") return member;
        const call = `${part}.${String(method)}`;
        return async (...given: unknown[]) => {
          if ("before" in death && death.before === call) life.isOver = true;
          if (life.isOver) throw new WorkerDied(call);
          try {
            return await member.apply(target, given);
          } finally {
            if ("after" in death && death.after === call) {
              life.isOver = true;
              // biome-ignore lint/correctness/noUnsafeFinally: what the call answered is not heard any more
              throw new WorkerDied(call);
            }
          }
        };
      },
    });
  return {
    isDead: () => life.isOver,
    dependencies: {
      ...dependencies,
      provider: mortal("provider"),
      requests: mortal("requests"),
      mirrors: mortal("mirrors"),
      history: mortal("history"),
      commits: mortal("commits"),
      health: mortal("health"),
    },
  };
}
