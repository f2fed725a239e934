import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { runOptionsOf } from "./run-options.ts";

it("the simulation takes what it is asked for, and a thousand seeds otherwise", () => {
  expect(runOptionsOf([])).toEqual({ seeds: 1_000, from: 1, lost: 0.3 });
  expect(runOptionsOf(["--seeds", "7", "--from=0"])).toEqual({ seeds: 7, from: 0, lost: 0.3 });
  expect(runOptionsOf(["--seed", "0"])).toMatchObject({ seed: 0 });
  expect(runOptionsOf(["--creates", "20", "--lost", "1"])).toMatchObject({ creates: 20, lost: 1 });
});

it.each([
  [["--seeds", "abc"], "--seeds is abc; it takes a whole number from 1 on, such as --seeds 1000"],
  [["--seeds", "0"], "--seeds is 0; it takes a whole number from 1 on"],
  [["--seeds", "-3"], "--seeds is -3; it takes a whole number from 1 on"],
  [["--seeds", "1.5"], "--seeds is 1.5; it takes a whole number from 1 on"],
  [["--seeds"], "--seeds has no value; it takes a whole number from 1 on"],
  [["--creates", "abc"], "--creates is abc; it takes a whole number from 1 on"],
  [["--creates", "0"], "--creates is 0; it takes a whole number from 1 on"],
  [["--seed", "abc"], "--seed is abc; it takes a whole number from 0 on"],
  [["--seed", "-1"], "--seed is -1; it takes a whole number from 0 on"],
  [["--from", ""], "--from has no value; it takes a whole number from 0 on"],
  [["--lost", "2"], "--lost is 2; it takes a number from 0 to 1, such as --lost 0.3"],
  [["--sedes", "7"], "--sedes is no option of the simulation; there are --seeds, --from, --seed"],
  [["7"], "7 is no option; there are --seeds"],
])("%j is refused with what would be right", (args, message) => {
  expect(() => runOptionsOf(args)).toThrow(message);
});

it("a wrong option ends the command with one line and 2", () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [new URL("run.ts", import.meta.url).pathname, "--seeds", "abc"],
    { encoding: "utf8" },
  );
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr.trim()).toBe("--seeds is abc; it takes a whole number from 1 on, such as --seeds 1000");
});
