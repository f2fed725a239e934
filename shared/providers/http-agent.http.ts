/**
 * The connections that provider calls are made over. Imported from its own file and not from undici's main entry,
 * which would bring fetch, web sockets and mocks into the function's bundle (a quarter of its size).
 */
import Agent from "undici/lib/dispatcher/agent.js";

export function createHttpAgent(): Agent {
  return new Agent();
}
