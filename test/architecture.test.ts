/** The rules of the layout: who may import whom, and where I/O, time, randomness and the environment may be. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");

type Source = { readonly path: string; readonly code: string; readonly imports: readonly string[] };

const sources: readonly Source[] = ["shared", "functions", "infra"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.includes("node_modules") && !name.includes("cdk.out"))
    .map((name) => {
      const path = join(folder, name);
      const code = readFileSync(join(root, path), "utf8");
      return { path, code: withoutComments(code), imports: importsOf(path, code) };
    }),
);
const within = (folder: string) => sources.filter(({ path }) => path.startsWith(`${folder}/`));

function importsOf(path: string, code: string): string[] {
  const specifiers = [...code.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1] ?? "");
  return specifiers.map((specifier) =>
    specifier.startsWith(".") ? relative(root, join(root, dirname(path), specifier)) : specifier,
  );
}

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}

/** Files of `from` that match, as `path: what`, so that a failure names its place. */
function offences(from: readonly Source[], pattern: RegExp): string[] {
  return from.flatMap(({ path, code }) => [...code.matchAll(pattern)].map((match) => `${path}: ${match[0]}`));
}

function foreignImports(
  from: readonly Source[],
  isAllowed: (imported: string, importer: string) => boolean,
): string[] {
  return from.flatMap(({ path, imports }) =>
    imports.filter((imported) => !isAllowed(imported, path)).map((imported) => `${path} → ${imported}`),
  );
}

const isPackage = (imported: string) => !/^(shared|functions|infra|test)\//.test(imported);

describe("imports", () => {
  it("shared knows nothing of functions and infra", () => {
    expect(
      foreignImports(within("shared"), (imported) => isPackage(imported) || imported.startsWith("shared/")),
    ).toEqual([]);
  });

  it("a function knows shared and its own folder", () => {
    expect(
      foreignImports(
        within("functions"),
        (imported, importer) =>
          isPackage(imported) ||
          imported.startsWith("shared/") ||
          imported.startsWith(importer.split("/").slice(0, 2).join("/")),
      ),
    ).toEqual([]);
  });

  it("infra takes functions as bundles only", () => {
    expect(foreignImports(within("infra"), (imported) => !/^(functions|test)\//.test(imported))).toEqual([]);
  });

  it("have no circles", () => {
    const importsOfPath = new Map(
      sources.map(({ path, imports }) => [path, imports.filter((each) => !isPackage(each))]),
    );
    const settled = new Set<string>();
    const circles: string[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
      if (settled.has(path) || trail.includes(path)) return;
      for (const imported of importsOfPath.get(path) ?? []) visit(imported, [...trail, path]);
      settled.add(path);
    };
    for (const { path } of sources) visit(path, []);
    expect(circles).toEqual([]);
  });
});

describe("a provider", () => {
  // Not the example of a message: {"retell":"https://…"}.
  const names = /["'`](retell|tela|synthflow)["'`](?!:")/g;

  it("is told apart from others in its own folders and in the tables that choose by it", () => {
    const ownFolders = /^(shared\/providers|infra\/local\/simulators|infra\/local\/demo)\//;
    const elsewhere = sources.filter(({ path }) => !ownFolders.test(path));
    expect(offences(elsewhere, names)).toEqual(
      // The schema's list.
      ["retell", "tela", "synthflow"].map((name) => `shared/platform/config.ts: "${name}"`),
    );
  });

  it("is a key of a table there, never a condition", () => {
    const conditions =
      /[!=]==?\s*["'`](retell|tela|synthflow)["'`]|["'`](retell|tela|synthflow)["'`]\s*[!=]==?|\bcase\s*["'`](retell|tela|synthflow)["'`]/g;
    expect(offences(sources, conditions)).toEqual([]);
  });

  it("has an adapter that its connection's tables choose, and nobody else imports", () => {
    const folders = /^shared\/providers\/(retell|tela|synthflow)\//;
    const choosing = [
      "shared/providers/dialect-for-connection.ts",
      "shared/providers/provider-for-connection.http.ts",
    ];
    const others = sources.filter(({ path }) => !folders.test(path) && !choosing.includes(path));
    expect(foreignImports(others, (imported) => !folders.test(imported))).toEqual([]);
    // And no adapter knows another.
    const adapters = sources.filter(({ path }) => folders.test(path));
    expect(
      foreignImports(
        adapters,
        (imported, importer) =>
          !folders.test(imported) || folders.exec(imported)?.[1] === folders.exec(importer)?.[1],
      ),
    ).toEqual([]);
  });
});

describe("file names", () => {
  const saysIo = /\.(dynamodb|sqs|http|s3|secretsmanager)\.ts$/;

  it("say where the domain does I/O", () => {
    const io = /^(@aws-sdk\/client-|undici|node:(http|https|net|tls|fs|child_process|dgram|dns|sqlite))/;
    const silent = within("shared").filter(({ path }) => !saysIo.test(path) && !path.endsWith(".d.ts"));
    const doing = silent.map(({ path, code }) => {
      // A type alone does nothing.
      const imports = importsOf(path, code.replace(/^import type [^;]*;$/gm, ""));
      return { path, code, imports };
    });
    expect(foreignImports(doing, (imported) => !io.test(imported))).toEqual([]);
  });

  it("name one concept", () => {
    const vague = sources.filter(({ path }) =>
      /(^|\/)(utils?|helpers?|types|common|misc|service|manager)(\.|\/)/i.test(path),
    );
    expect(vague.map(({ path }) => path)).toEqual([]);
    const barrels = sources.filter(
      ({ path }) => path.endsWith("/index.ts") && !/^functions\/[^/]+\/index\.ts$/.test(path),
    );
    expect(barrels.map(({ path }) => path)).toEqual([]);
  });

  it("stand for files that can be read in one go", () => {
    const long = sources.filter(
      ({ path }) => readFileSync(join(root, path), "utf8").split("\n").length > 300,
    );
    expect(long.map(({ path }) => path)).toEqual([]);
  });
});

describe("the outside world", () => {
  it("is read from the environment in composition roots and infra only", () => {
    const elsewhere = sources.filter(
      ({ path }) => !path.startsWith("infra/") && !/^functions\/[^/]+\/index\.ts$/.test(path),
    );
    expect(offences(elsewhere, /process\.env|new [A-Z]\w*Client\(/g)).toEqual([]);
  });

  it("has its time in one file of the domain", () => {
    const elsewhere = [...within("shared"), ...within("functions")].filter(
      ({ path }) => path !== "shared/platform/clock.ts",
    );
    expect(offences(elsewhere, /Date\.now\(|new Date\(\)|performance\.now\(|setInterval\(/g)).toEqual([]);
  });

  it("has its chance in one file of the domain", () => {
    const elsewhere = [...within("shared"), ...within("functions")].filter(
      ({ path }) => path !== "shared/platform/random.ts",
    );
    expect(offences(elsewhere, /Math\.random\(|randomUUID\(|randomBytes\(/g)).toEqual([]);
  });
});

describe("the history", () => {
  it("is put by one module only, and each put demands that nothing is in its place", () => {
    const writers = within("shared").filter(
      ({ code }) => /TableName: (table|tables\.history)/.test(code) && /\bPut(ItemCommand)?\b/.test(code),
    );
    expect(writers.map(({ path }) => path).sort()).toEqual([
      "shared/change-request/record/request-body.dynamodb.ts",
      "shared/change-request/record/request-store.dynamodb.ts",
      "shared/connection/connection-health.dynamodb.ts",
      "shared/definition/history/history-store.dynamodb.ts",
    ]);
    const [historyStore] = writers.filter(({ path }) => path.includes("history-store"));
    const puts = historyStore?.code.match(/\bPut: \{|new PutItemCommand\(/g) ?? [];
    const conditions = historyStore?.code.match(/ConditionExpression: NOTHING_IN_ITS_PLACE/g) ?? [];
    expect(puts.length).toBeGreaterThan(0);
    expect(conditions).toHaveLength(puts.length);
  });

  it("is never updated or deleted by any code", () => {
    expect(offences(within("shared"), /\b(DeleteItemCommand|BatchWriteItemCommand|Delete: \{)/g)).toEqual([]);
  });
});
