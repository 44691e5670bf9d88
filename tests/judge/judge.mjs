// Holds recorded exchanges (JSON lines on standard input) against GitHub's published descriptions and
// prints what does not agree, as one JSON object. Runs in the directory that has the packages.

import { createRequire } from "node:module";
import { join } from "node:path";
import { readFileSync } from "node:fs";

import { Rest } from "./rest.mjs";
import { Graph } from "./graph.mjs";

const require = createRequire(join(process.cwd(), "package.json"));
const exchanges = readFileSync(0, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));

const isGraph = (exchange) => exchange.path === "/graphql" || exchange.path === "/api/graphql";
// git speaks its own protocol, and the log of a job is at an address that no description names.
const isOther = ({ path }) => /\/(info\/refs|git-(upload|receive)-pack)$|\/actions\/log\/\d+$/.test(path);

const judged = exchanges.filter((exchange) => !isOther(exchange));
// Each description is read only if something is held against it.
const judges = new Map();
const judgeOf = (exchange) => {
  const kind = isGraph(exchange) ? Graph : Rest;
  if (!judges.has(kind)) judges.set(kind, new kind(require));
  return judges.get(kind);
};

const problems = [];
for (const exchange of judged) {
  const tell = (side, message) => {
    const { number, method, path } = exchange;
    problems.push({ number, method, path, side, status: exchange.response?.status ?? null, message });
  };
  judgeOf(exchange).judge(exchange, tell);
}
process.stdout.write(JSON.stringify({ judged: judged.length, problems }));
