/**
 * How long it usually takes from sending a read until the write that follows from it can be sent: a moving mean of
 * what this process has seen, as TCP estimates round trips (RFC 6298), with a little room above.
 */
const INITIAL_MS = 200;
const GAIN = 1 / 8;

export class ReadSpan {
  #meanMs = INITIAL_MS;
  #deviationMs = INITIAL_MS / 4;

  took(ms: number): void {
    this.#deviationMs += GAIN * (Math.abs(ms - this.#meanMs) - this.#deviationMs);
    this.#meanMs += GAIN * (ms - this.#meanMs);
  }

  expectedMs(): number {
    return this.#meanMs + this.#deviationMs;
  }
}
