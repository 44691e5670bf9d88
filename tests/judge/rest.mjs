// REST against the OpenAPI description: path, parameters and body of the request, status and body of the answer.

/** Parameters that hold names with slashes in them, which GitHub takes as they are. */
const WIDE = new Set(["ref", "branch", "path", "basehead"]);

/** What any route may answer, whether its description says so or not. */
const ANYWHERE = new Set([301, 304, 307, 401, 403, 404, 422, 429, 500, 502, 503]);

/** Where GitHub itself does not answer as it describes: a label without description has null in pull requests, too. */
const KNOWN = [/\/labels\/\d+\/description must be string/];

/** JSON Schema has no `nullable`: what is described with it may also be null. */
function withNull(schema) {
  if (Array.isArray(schema)) return schema.map(withNull);
  if (schema === null || typeof schema !== "object") return schema;
  const { nullable, example, examples, ...rest } = schema;
  const open = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, withNull(value)]));
  if (nullable !== true) {
    // A property may have such a name.
    if (nullable !== undefined) open.nullable = withNull(nullable);
    if (example !== undefined && typeof example === "object" && example.type) open.example = withNull(example);
    return open;
  }
  return { anyOf: [open, { type: "null" }] };
}

export class Rest {
  constructor(require) {
    const description = require("@octokit/openapi/generated/api.github.com.json");
    const { default: Ajv } = require("ajv");
    const { default: addFormats } = require("ajv-formats");
    this.ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false, logger: false });
    addFormats(this.ajv);
    this.ajv.addSchema({ $id: "github", components: withNull(description.components) });
    this.description = description;
    this.compiled = new Map();
    this.routes = Object.keys(description.paths).map((template) => {
      const names = [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const text = template.replace(/[.]/g, "\\.").replace(/\{(\w+)\}/g, (_, name) => (WIDE.has(name) ? "(.+)" : "([^/]+)"));
      return { template, names, pattern: new RegExp(`^${text}$`), literal: template.replace(/\{\w+\}/g, "").length };
    });
    // What has more of its own words is meant before what has more gaps.
    this.routes.sort((one, other) => other.literal - one.literal);
  }

  /** A schema of the description as a function that names what does not fit. */
  validator(schema) {
    const key = JSON.stringify(schema);
    if (!this.compiled.has(key)) {
      const rooted = JSON.parse(key, (name, value) =>
        name === "$ref" && typeof value === "string" ? value.replace(/^#/, "github#") : value,
      );
      this.compiled.set(key, this.ajv.compile(withNull(rooted)));
    }
    const validate = this.compiled.get(key);
    return (value) => {
      if (validate(value)) return [];
      // Of alternatives, what each of them misses says little; the deepest errors come first.
      const errors = [...validate.errors].sort((one, other) => other.instancePath.length - one.instancePath.length);
      return errors.map((error) => `${error.instancePath || "the body"} ${error.message} ${JSON.stringify(error.params)}`);
    };
  }

  resolve(value) {
    while (value?.$ref) {
      value = value.$ref.split("/").slice(1).reduce((at, key) => at[key], this.description);
    }
    return value;
  }

  find(method, path) {
    // A repository's number leads to the same routes as its name.
    const named = path.replace(/^\/repositories\/\d+/, "/repos/owner/name");
    for (const route of this.routes) {
      const match = route.pattern.exec(named);
      const operation = match && this.description.paths[route.template][method.toLowerCase()];
      if (operation) return { route, operation, values: match.slice(1) };
    }
    return null;
  }

  judge(exchange, tell) {
    const found = this.find(exchange.method === "HEAD" ? "GET" : exchange.method, exchange.path);
    if (!found) return tell("request", "GitHub's description has no such route");
    this.request(exchange, found, (message) => tell("request", message));
    // A fault that was asked for is no answer of the double's.
    if (exchange.response && !exchange.fault) this.response(exchange, found.operation, (message) => tell("response", message));
  }

  request(exchange, { route, operation, values }, tell) {
    const { query, body, headers } = exchange;
    if (!headers["user-agent"]) tell("GitHub refuses requests without User-Agent");
    const accept = headers.accept ?? "*/*";
    if (!/\*\/\*|application\/(vnd\.github[^,]*\+?json|json)/.test(accept)) tell(`Accept: ${accept} is no media type of GitHub's`);
    const shared = this.description.paths[route.template].parameters ?? [];
    const parameters = [...shared, ...(operation.parameters ?? [])].map((parameter) => this.resolve(parameter));
    const known = new Map(parameters.filter((one) => one.in === "query").map((one) => [one.name, one]));
    for (const [name, text] of Object.entries(query)) {
      if (!known.has(name)) tell(`the query parameter ${name} is not described`);
      else this.parameter(known.get(name), text).forEach((message) => tell(`the query parameter ${name}=${text}: ${message}`));
    }
    for (const [name, parameter] of known) {
      if (parameter.required && !(name in query)) tell(`the query parameter ${name} is required`);
    }
    route.names.forEach((name, index) => {
      const parameter = parameters.find((one) => one.in === "path" && one.name === name);
      if (parameter) this.parameter(parameter, values[index]).forEach((message) => tell(`${name} in the path: ${message}`));
    });
    this.body(operation, body, headers, tell);
  }

  parameter(parameter, text) {
    const schema = this.resolve(parameter.schema);
    const number = ["integer", "number"].includes(schema.type) && /^-?\d+$/.test(text);
    const value = number ? Number(text) : schema.type === "boolean" && /^(true|false)$/.test(text) ? text === "true" : text;
    return this.validator(parameter.schema)(value);
  }

  body(operation, body, headers, tell) {
    const described = this.resolve(operation.requestBody);
    if (!described) {
      if (body !== null && Object.keys(body).length > 0) tell("a body is sent where none is described");
      return;
    }
    if (body === null) {
      if (described.required) tell("the body is required");
      return;
    }
    if (!/^application\/([\w.]+\+)?json/.test(headers["content-type"] ?? "")) tell("Content-Type is not JSON");
    const schema = described.content["application/json"]?.schema;
    if (!schema) return;
    this.validator(schema)(body).forEach((message) => tell(message));
    const fields = this.resolve(schema).properties;
    if (!fields || Array.isArray(body)) return;
    Object.keys(body).filter((name) => !(name in fields)).forEach((name) => tell(`the field ${name} is not described`));
  }

  response({ response }, operation, tell) {
    const { status, body } = response;
    const described = this.resolve(operation.responses[String(status)]);
    if (!described && !ANYWHERE.has(status)) return tell(`the status ${status} is not described`);
    const content = described?.content?.["application/json"] ?? described?.content?.["application/vnd.github+json"];
    if (content) {
      const messages = this.validator(content.schema)(body);
      return messages.filter((message) => !KNOWN.some((known) => known.test(message))).forEach((message) => tell(message));
    }
    const silent = [204, 302, 304].includes(status) || (described && !described.content && status < 400);
    if (silent && body !== null && JSON.stringify(body) !== "{}") tell(`an answer ${status} has no body`);
    // Where no refusal is described, it looks like all others.
    if (status >= 400) this.validator({ $ref: "#/components/schemas/basic-error" })(body).forEach((message) => tell(message));
  }
}
