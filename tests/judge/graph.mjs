// GraphQL against the published schema: the document and its variables, and the answer, which has to be one
// that the document can have.

import { isDeepStrictEqual } from "node:util";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export class Graph {
  constructor(require) {
    this.graphql = require("graphql");
    const schema = join(process.cwd(), "node_modules/@octokit/graphql-schema/schema.graphql");
    this.schema = this.graphql.buildSchema(readFileSync(schema, "utf8"), { assumeValid: true });
  }

  judge({ body, response, fault }, tell) {
    const { parse, validate, getOperationAST } = this.graphql;
    if (typeof body?.query !== "string") return tell("request", "there is no document");
    let document;
    try {
      document = parse(body.query);
    } catch (error) {
      return tell("request", error.message);
    }
    const wrong = validate(this.schema, document).map((error) => error.message);
    wrong.forEach((message) => tell("request", message));
    const operation = getOperationAST(document, body.operationName ?? undefined);
    if (!operation) return tell("request", "there is no operation, or several without a name");
    if (wrong.length === 0) this.variables(operation, body.variables ?? {}, tell);
    if (wrong.length === 0 && !fault && response?.status === 200) this.answer(document, operation, body, response.body, tell);
  }

  variables(operation, given, tell) {
    const { getVariableValues } = this.graphql;
    const definitions = operation.variableDefinitions ?? [];
    const { errors } = getVariableValues(this.schema, definitions, given);
    errors?.forEach((error) => tell("request", error.message));
    const declared = new Set(definitions.map((definition) => definition.variable.name.value));
    Object.keys(given).filter((name) => !declared.has(name)).forEach((name) => tell("request", `the variable $${name} is not declared`));
  }

  /** Carries the document out over the answer itself: what the schema does not allow comes out as an error. */
  answer(document, operation, body, answer, tell) {
    const unknown = answer.errors?.find((error) => error.extensions?.code === "undefinedField");
    if (unknown) return tell("response", `${unknown.message}, but the schema has it`);
    if (!answer.data) return;
    const result = this.graphql.executeSync({
      schema: this.schema,
      document,
      rootValue: answer.data,
      operationName: operation.name?.value,
      variableValues: body.variables ?? {},
      fieldResolver: (source, _arguments, _context, info) => source?.[info.path.key],
      typeResolver: (value, _context, info, type) => this.typeOf(value, info, type),
    });
    const told = (answer.errors ?? []).map((error) => JSON.stringify(error.path));
    const own = (result.errors ?? []).filter((error) => !told.includes(JSON.stringify(error.path)));
    own.forEach((error) => tell("response", `${error.path?.join(".")}: ${error.message}`));
    if (own.length === 0 && !isDeepStrictEqual(plain(result.data), plain(answer.data))) {
      tell("response", "it has fields that the document does not ask for, or lacks some");
    }
  }

  /** An object of an interface or union says what it is, or it is one that has all that was answered. */
  typeOf(value, info, abstract) {
    if (value.__typename) return value.__typename;
    const kinds = this.schema.getPossibleTypes(abstract);
    return kinds.find((kind) => Object.keys(value).every((name) => name in kind.getFields()))?.name ?? kinds[0].name;
  }
}

const plain = (value) => JSON.parse(JSON.stringify(value));
