/**
 * Time that passes only from event to event: a queue by time and, within an instant, by the order in which the events
 * were planned. One event at a time; everything that follows from it without waiting is over before the next one.
 */

type Event = { readonly at: number; readonly sequence: number; action: (() => void) | undefined };

/** A run that does not come to an end: something goes round in circles. */
export class EndlessRunError extends Error {
  override name = "EndlessRunError";
}

export class VirtualTime {
  #now: number;
  #planned = 0;
  #heap: Event[] = [];
  #events = 0;

  /** @param start epoch ms */
  constructor(start: number) {
    this.#now = start;
  }

  /** Epoch ms. */
  now(): number {
    return this.#now;
  }

  /** How many events there have been. */
  get events(): number {
    return this.#events;
  }

  /** The answer cancels it. */
  after(delayMs: number, action: () => void): () => void {
    this.#planned += 1;
    const event: Event = { at: this.#now + Math.max(0, delayMs), sequence: this.#planned, action };
    this.#push(event);
    return () => {
      event.action = undefined;
    };
  }

  /** Runs until `isOver` says so after an event, nothing is planned, or the time is up. */
  async run(isOver: () => boolean, until: number, maxEvents: number): Promise<void> {
    while (!isOver()) {
      const event = this.#heap[0];
      if (event === undefined || event.at > until) return;
      this.#pop();
      if (event.action === undefined) continue;
      this.#now = event.at;
      this.#events += 1;
      if (this.#events > maxEvents) throw new EndlessRunError(`more than ${maxEvents} events`);
      event.action();
      await settled();
    }
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Event;
      if (!isBefore(event, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child += 1;
      if (!isBefore(heap[child] as Event, last)) break;
      heap[index] = heap[child] as Event;
      index = child;
    }
    heap[index] = last;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
}

/** Every promise that can go on has gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
