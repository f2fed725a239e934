/**
 * A provider's published OpenAPI document (3.0 or 3.1), as far as a check of requests and answers needs it. Pages of
 * documentation with such a document in a fenced block are read as well; documents are not kept in this repository.
 */
import { Ajv, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { parse } from "yaml";

type JsonSchema = Readonly<Record<string, unknown>>;
type Content = { readonly content?: { readonly "application/json"?: { readonly schema?: JsonSchema } } };
type Referable<T> = T & { readonly $ref?: string };
type OperationObject = {
  readonly parameters?: readonly { readonly name?: string; readonly in?: string }[];
  readonly requestBody?: Referable<Content>;
  readonly responses?: Readonly<Record<string, Referable<Content>>>;
};
type OpenApi = {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
};

/** What is wrong with a value, a line for each fault; empty: nothing. */
export type Check = (value: unknown) => readonly string[];

export type DocumentedOperation = {
  /** `PUT /simulation_cases/{id}` */
  readonly name: string;
  readonly queryParameters: readonly string[];
  /** Absent: no body is described. */
  readonly requestBody?: Check;
  /** The members that a request's body may have, as far as the document names them. */
  readonly requestMembers: readonly string[];
  /** By status. `undefined`: no body is described for it. */
  readonly answers: ReadonlyMap<number, Check | undefined>;
};

export type OpenApiDocument = {
  /** `path` without query and without what the server's URL begins with. */
  operation(method: string, path: string): DocumentedOperation | undefined;
};

/** @throws {Error} where the text holds no OpenAPI document */
export function readOpenApi(text: string): OpenApiDocument {
  const [, fenced] = /^`{3,}ya?ml[^\n]*\n(openapi:[\s\S]*?)\n`{3,}/m.exec(text) ?? [];
  const document = parse(fenced ?? text) as OpenApi | undefined;
  if (typeof document?.openapi !== "string" || typeof document.paths !== "object") {
    throw new Error("no OpenAPI 3 document");
  }
  const checkAt = checksOf(document);
  return {
    operation(method, path) {
      const templates = Object.keys(document.paths).filter((template) => fits(template, path));
      // A literal path comes before one with a parameter in its place.
      const [template] = templates.sort((a, b) => a.split("{").length - b.split("{").length);
      const found = template === undefined ? undefined : document.paths[template]?.[method.toLowerCase()];
      return template === undefined || found === undefined
        ? undefined
        : described(document, found, { method, template, checkAt });
    },
  };
}

function described(
  document: OpenApi,
  { parameters = [], requestBody, responses = {} }: OperationObject,
  place: { method: string; template: string; checkAt: (pointer: string) => Check },
): DocumentedOperation {
  const { method, template, checkAt } = place;
  const pointer = `#/paths/${escaped(template)}/${method.toLowerCase()}`;
  const checkOf = (own: Referable<Content> | undefined, at: string): Check | undefined => {
    const target = own?.$ref ?? at;
    const content = own?.$ref === undefined ? own : (valueAt(document, own.$ref) as Content | undefined);
    return content?.content?.["application/json"]?.schema === undefined
      ? undefined
      : checkAt(`${target}/content/application~1json/schema`);
  };
  const body = checkOf(requestBody, `${pointer}/requestBody`);
  const schema = requestBody?.content?.["application/json"]?.schema;
  const resolved = typeof schema?.["$ref"] === "string" ? valueAt(document, schema["$ref"]) : schema;
  const members = (resolved as { readonly properties?: object } | undefined)?.properties ?? {};
  return {
    name: `${method} ${template}`,
    queryParameters: parameters.flatMap(({ name, in: place }) => (name && place === "query" ? [name] : [])),
    ...(body !== undefined && { requestBody: body }),
    requestMembers: Object.keys(members),
    answers: new Map(
      Object.entries(responses).map(([status, answer]) => [
        Number(status),
        checkOf(answer, `${pointer}/responses/${status}`),
      ]),
    ),
  };
}

/** JSON Schema of 2020 is that of OpenAPI 3.1; what 3.0 adds to the older one (`nullable`) is known to the validator. */
function checksOf(document: OpenApi): (pointer: string) => Check {
  const Validator = document.openapi.startsWith("3.0") ? Ajv : Ajv2020;
  const validator = new Validator({ strict: false, allErrors: true, validateSchema: false });
  addFormats.default(validator);
  validator.addSchema({ ...document }, "document");
  return (pointer) => {
    const validate: ValidateFunction = validator.compile({ $ref: `document${pointer}` });
    return (value) => {
      if (validate(value)) return [];
      return (validate.errors ?? []).map(
        ({ instancePath, message }) => `${instancePath === "" ? "the body" : instancePath} ${message}`,
      );
    };
  };
}

function fits(template: string, path: string): boolean {
  const pattern = template
    .split(/\{[^}]*\}/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("[^/]+");
  return new RegExp(`^${pattern}$`).test(path);
}

function valueAt(document: OpenApi, pointer: string): unknown {
  return pointer
    .replace(/^#\//, "")
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce<unknown>(
      (value, token) =>
        typeof value === "object" && value !== null
          ? (value as Readonly<Record<string, unknown>>)[token]
          : undefined,
      document,
    );
}

/** A name as a token of a JSON pointer in a URI. */
function escaped(name: string): string {
  return encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"));
}
