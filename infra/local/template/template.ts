/**
 * A synthesized CloudFormation template, as far as this system's templates go. What is not known here is an
 * error that names it: a value that silently became an empty string would be found much later and elsewhere.
 */
import * as z from "zod/mini";

const resourceSchema = z.object({
  Type: z.string(),
  Condition: z.optional(z.string()),
  Properties: z._default(z.record(z.string(), z.unknown()), {}),
  Metadata: z._default(z.record(z.string(), z.unknown()), {}),
});

const templateSchema = z.object({
  Resources: z.record(z.string(), resourceSchema),
  Outputs: z._default(z.record(z.string(), z.object({ Value: z.unknown() })), {}),
});

export type Template = z.infer<typeof templateSchema>;
export type Resource = z.infer<typeof resourceSchema>;

/** The template asks for something that the local stack does not know. */
export class TemplateError extends Error {
  override name = "TemplateError";
}

/** What `Ref` and `Fn::GetAtt` answer. Both throw a {@link TemplateError} for what they do not know. */
export interface References {
  /** A resource's `Ref`, or a pseudo parameter like `AWS::Region`. */
  ref(name: string): string;
  attribute(logicalId: string, attribute: string): string;
}

/** @throws {TemplateError} if it is not a template at all */
export function parseTemplate(text: string): Template {
  const result = templateSchema.safeParse(JSON.parse(text));
  if (result.success) return result.data;
  throw new TemplateError(`not a CloudFormation template: ${z.prettifyError(result.error)}`);
}

/**
 * The resources of a type with their resolved properties, read through a schema of the properties that matter
 * here. Other properties are not looked at.
 * @throws {TemplateError} for a property that does not fit, naming the resource
 */
export function resourcesOfType<Shape extends z.core.$ZodShape>(
  template: Template,
  type: string,
  properties: z.ZodMiniObject<Shape>,
  references: References,
) {
  return Object.entries(template.Resources)
    .filter(([, resource]) => resource.Type === type)
    .map(([logicalId, resource]) => {
      if (resource.Condition !== undefined) {
        throw new TemplateError(`${logicalId} has a Condition, which the local stack does not know`);
      }
      const known = Object.keys(properties.shape).map((name) => [name, resource.Properties[name]]);
      const resolved = resolve(Object.fromEntries(known), references);
      const result = properties.safeParse(resolved);
      if (!result.success) {
        throw new TemplateError(`${logicalId} (${type}): ${z.prettifyError(result.error)}`);
      }
      return { logicalId, properties: result.data, metadata: resource.Metadata };
    });
}

/** A stack output's resolved value. @throws {TemplateError} if there is none */
export function outputOf(template: Template, name: string, references: References): string {
  const declared = template.Outputs[name];
  if (declared === undefined) throw new TemplateError(`the template has no output ${name}`);
  return text(resolve(declared.Value, references), `output ${name}`);
}

/** An output that is a JSON object of strings. */
export function jsonOutputOf(
  template: Template,
  name: string,
  references: References,
): Readonly<Record<string, string>> {
  return z.record(z.string(), z.string()).parse(JSON.parse(outputOf(template, name, references)));
}

/** The value with every intrinsic function replaced by its result. */
export function resolve(value: unknown, references: References): unknown {
  if (typeof value === "string") return literal(value);
  if (Array.isArray(value)) return value.map((item) => resolve(item, references));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [intrinsic, argument] = entries[0] ?? [];
  if (
    entries.length === 1 &&
    intrinsic !== undefined &&
    (intrinsic === "Ref" || intrinsic.startsWith("Fn::"))
  ) {
    return callIntrinsic(intrinsic, argument, references);
  }
  return Object.fromEntries(entries.map(([name, member]) => [name, resolve(member, references)]));
}

function literal(text: string): string {
  if (text.includes("{{resolve:"))
    throw new TemplateError("dynamic references ({{resolve:…}}) are not known");
  return text;
}

function callIntrinsic(name: string, argument: unknown, references: References): unknown {
  switch (name) {
    case "Ref":
      return references.ref(text(argument, name));
    case "Fn::GetAtt": {
      const [logicalId, attribute] =
        typeof argument === "string" ? split(argument, ".", 2) : texts(argument, name, references);
      if (logicalId === undefined || attribute === undefined) break;
      return references.attribute(logicalId, attribute);
    }
    case "Fn::Join": {
      if (!Array.isArray(argument) || argument.length !== 2) break;
      return texts(argument[1], name, references).join(text(argument[0], name));
    }
    case "Fn::Sub":
      return substitute(argument, references);
    case "Fn::Select": {
      if (!Array.isArray(argument) || argument.length !== 2) break;
      const selected = texts(argument[1], name, references)[Number(resolve(argument[0], references))];
      if (selected === undefined) break;
      return selected;
    }
    case "Fn::Split": {
      if (!Array.isArray(argument) || argument.length !== 2) break;
      return text(resolve(argument[1], references), name).split(text(argument[0], name));
    }
    default:
      throw new TemplateError(`the intrinsic function ${name} is not known`);
  }
  throw new TemplateError(`${name} has an argument that is not known: ${JSON.stringify(argument)}`);
}

/** `Fn::Sub`: `${Name}` is a Ref, `${Name.Attribute}` a GetAtt, `${!Text}` stands for `${Text}`. */
function substitute(argument: unknown, references: References): string {
  const [pattern, own] = Array.isArray(argument) ? argument : [argument, {}];
  const variables = new Map<string, unknown>(Object.entries(own ?? {}));
  return text(pattern, "Fn::Sub").replaceAll(/\$\{([^}]*)\}/g, (_, name: string) => {
    if (name.startsWith("!")) return `\${${name.slice(1)}}`;
    if (variables.has(name)) return text(resolve(variables.get(name), references), "Fn::Sub");
    const [logicalId = "", attribute] = split(name, ".", 2);
    return attribute === undefined ? references.ref(logicalId) : references.attribute(logicalId, attribute);
  });
}

/** Splits into at most `parts`; the last one keeps further separators. */
function split(value: string, separator: string, parts: number): string[] {
  const all = value.split(separator);
  return all.length <= parts ? all : [...all.slice(0, parts - 1), all.slice(parts - 1).join(separator)];
}

function text(value: unknown, where: string): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new TemplateError(`${where} needs a text, not ${JSON.stringify(value)}`);
}

function texts(value: unknown, where: string, references: References): string[] {
  const resolved = resolve(value, references);
  if (!Array.isArray(resolved))
    throw new TemplateError(`${where} needs a list, not ${JSON.stringify(value)}`);
  return resolved.map((item) => text(item, where));
}
