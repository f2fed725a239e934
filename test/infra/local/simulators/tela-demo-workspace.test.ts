import { expect, test } from "vitest";
import { demoWorkspace } from "../../../../infra/local/simulators/tela/demo-workspace.ts";
import { defaultSwitches } from "../../../../infra/local/simulators/tela/switches.ts";
import { readPatch } from "../../../../infra/local/simulators/tela/test-case-input.ts";
import { telaDialect } from "../../../../shared/providers/tela/tela-dialect.ts";

const { definitions = [], prompts = [] } = demoWorkspace();
const { bookkeeping, definitionFaults } = telaDialect({ ignore: [], sendUnknownFields: true });

test("Tela's demo has test cases at both prompts, each of which a replace would take as it is", () => {
  expect(definitions).toHaveLength(4);
  expect(new Set(definitions.map(({ id }) => id)).size).toBe(4);
  expect(new Set(definitions.map(({ promptId }) => promptId))).toEqual(new Set(prompts.map(({ id }) => id)));
  for (const definition of definitions) {
    const own = bookkeeping.map(({ path: [member] }) => member);
    const content = Object.fromEntries(
      Object.entries(definition).filter(([member]) => !own.includes(member)),
    );
    expect(definitionFaults(content, "replace")).toEqual([]);
  }
});

test("Tela's demo shows what is easily lost: nulls that no update may send, undocumented members and sources", () => {
  expect(definitions.some(({ messages }) => messages === null)).toBe(true);
  expect(definitions.some(({ description }) => description !== undefined)).toBe(true);
  const [, , fromTask] = definitions;
  const { metadata = null } = fromTask ?? {};
  expect(readPatch({ metadata }, defaultSwitches).valid).toBe(false);
});

test("Tela's demo is the same every time", () => {
  expect(demoWorkspace()).toEqual(demoWorkspace());
});
