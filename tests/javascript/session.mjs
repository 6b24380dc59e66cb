// What every cache has to stand: the operations of the contract, the past beside the present, and every mutation.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { buildSchema, parse, validate } from "graphql";
import { story } from "./story.mjs";

const warnings = [];
for (const level of ["warn", "error"]) console[level] = (...words) => warnings.push(words.map(String).join(" ").slice(0, 400));

/** Reads what a test gives to a script: its only argument, as JSON. */
export const given = () => JSON.parse(process.argv[2]);

/** Reads the operations of a folder that a schema can carry out: name to text, kind (query, mutation), and variables. */
export function delivered(folder, schemaText) {
  const schema = buildSchema(schemaText);
  const variables = JSON.parse(readFileSync(join(folder, "variables.json"), "utf8"));
  const files = readdirSync(folder).filter((file) => file.endsWith(".graphql"));
  const operations = files.map((file) => {
    const [name, text] = [file.replace(".graphql", ""), readFileSync(join(folder, file), "utf8")];
    const kind = parse(text).definitions[0].operation;
    return [name, { name, text, kind, variables: variables[name] }];
  });
  const isDelivered = ([, { kind, text }]) => schema.getRootType(kind) && validate(schema, parse(text)).length === 0;
  return Object.fromEntries(operations.filter(isDelivered));
}

/** Puts identifiers in the place of placeholders, `$thing`. */
function filled(value, ids) {
  if (typeof value === "string" && value.startsWith("$")) return ids[value.slice(1)];
  if (Array.isArray(value)) return value.map((each) => filled(each, ids));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, filled(each, ids)]));
}

/** Leaves out what the libraries add, such as `__typename`. */
function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(([name, each]) => !name.startsWith("__") && each !== undefined);
  return Object.fromEntries(entries.map(([name, each]) => [name, plain(each)]));
}

/** What the server says of the moment of asking, the last tick of its clock. */
const NOW = /\.(to\.time|points\.\d+\.at|weeks\.\d+\.endsAt|momentBuckets\.nodes\.\d+\.end|logVerification\.verifiedAt)$/;

/** Leaves out what a cache knows of a thing beside what was asked: Relay reads also behind a condition on a type that it is not. */
function asked(found, expected) {
  if (Array.isArray(found) && Array.isArray(expected)) return found.map((each, place) => asked(each, expected[place]));
  if ([found, expected].some((each) => each === null || typeof each !== "object")) return found;
  return Object.fromEntries(Object.keys(found).filter((name) => name in expected).map((name) => [name, asked(found[name], expected[name])]));
}

/** Answers the places where two answers differ. Numbers that go with the clock differ by next to nothing. */
function differences(found, expected, path = "") {
  const isNumber = typeof found === "number" && typeof expected === "number";
  if (isNumber ? Math.abs(found - expected) < 1e-4 : isDeepStrictEqual(found, expected)) return [];
  if (NOW.test(path) && [found, expected].every((each) => Date.now() - new Date(each) < 600_000)) return [];
  if ([found, expected].some((each) => each === null || typeof each !== "object")) {
    return [`${path}: ${JSON.stringify(found)?.slice(0, 80)} instead of ${JSON.stringify(expected)?.slice(0, 80)}`];
  }
  const names = [...new Set([...Object.keys(found), ...Object.keys(expected)])];
  return names.flatMap((name) => differences(found[name], expected[name], `${path}.${name}`));
}

/** Counts the requests, of each operation and altogether, and knows when none is running. */
class Network {
  counts = {};
  requests = 0;
  running = 0;

  constructor({ url, token }) {
    this.url = url;
    this.headers = { authorization: `Bearer ${token}` };
  }

  fetch = async (address, options) => {
    const [, name] = /(?:query|mutation)\s+(\w+?)(?:Query|Mutation)?\b/.exec(JSON.parse(options.body).query ?? "") ?? [];
    this.counts[name] = (this.counts[name] ?? 0) + 1;
    this.requests += 1;
    this.running += 1;
    try {
      const response = await fetch(address, options);
      // A request is over when its body has come, which a long one does well after its head.
      return new Response(await response.arrayBuffer(), response);
    } finally {
      this.running -= 1;
    }
  };

  /** Sends an operation past every cache. */
  async send({ text }, variables) {
    const headers = { ...this.headers, "content-type": "application/json" };
    const response = await fetch(this.url, { method: "POST", headers, body: JSON.stringify({ query: text, variables }) });
    const { data, errors } = await response.json();
    if (errors) throw new Error(JSON.stringify(errors));
    return plain(data);
  }

  /** Waits until what was started has come, and was shown. */
  async idle() {
    let quiet = 0;
    while (quiet < 3) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      quiet = this.running === 0 ? quiet + 1 : 0;
    }
  }
}

/**
 * Runs all parts and writes the report. A client is what `connect(network, operations)` answers:
 * `ask(name, variables)` asks the server and keeps the answer, `change` is the same for mutations, `cached` answers from the
 * cache alone, null if it lacks anything, and `open` answers a screen that stays open, `{ shown() }`.
 */
export async function session(connect) {
  const input = given();
  const network = new Network(input);
  const operations = delivered(input.contract, readFileSync(input.schema, "utf8"));
  const report = { operations: Object.keys(operations) };
  Object.assign(operations, paged);
  const parts = { contract, pages, past, mutations };
  for (const [name, part] of Object.entries(parts)) {
    report[name] = await part({ ...input, network, operations, connect: () => connect(network, operations) });
  }
  writeFileSync(input.report, JSON.stringify({ ...report, warnings: [...new Set(warnings)] }, null, 1));
  process.exit(0);
}

/** Every query: what is read back from the cache is what the network gave. */
async function contract({ network, operations, connect, ids, queries }) {
  const client = await connect();
  const report = {};
  for (const [name, { kind, variables }] of Object.entries(operations)) {
    if (kind !== "query" || name in paged) continue;
    const values = filled({ ...variables, ...queries[name] }, ids);
    await client.ask(name, values);
    const cached = client.cached(name, values);
    const fresh = await network.send(operations[name], values);
    const found = client.readsMore ? asked(plain(cached), fresh) : plain(cached);
    report[name] = cached === null ? ["not in the cache"] : differences(found, fresh);
  }
  return report;
}

const members = { edges: "cursor node { id title }", nodes: "id title" };
const paged = Object.fromEntries(
  Object.entries(members).map(([members, fields]) => {
    const name = `by_${members}`;
    const page = `totalCount pageInfo { hasNextPage endCursor } ${members} { ${fields} }`;
    const list = `objectives(first: $first, after: $after, orderBy: [{ field: TITLE }]) { ${page} }`;
    const operation = `By${members[0].toUpperCase()}${members.slice(1)}`;
    return [name, { name, kind: "query", text: `query ${operation}($first: Int, $after: String) { ${list} }`, variables: {} }];
  }),
);

/** Pages of one list, by edges and by nodes: they are joined, and who asks for more than is known is not put off. */
async function pages({ network, connect }) {
  const report = {};
  const titles = (data) => (data.objectives.edges?.map(({ node }) => node) ?? data.objectives.nodes).map(({ title }) => title);
  for (const [name, operation] of Object.entries(paged)) {
    const client = await connect();
    if (!client.joinsPages) continue;
    const all = titles(await network.send(operation, { first: 100 }));
    const page = await client.ask(name, { first: 1 });
    const asked = client.cached(name, { first: 100 });
    for (let after = page.objectives.pageInfo.endCursor; after; ) {
      const { pageInfo } = (await client.ask(name, { first: 1, after })).objectives;
      // A list that is joined already answers the end of all that is known.
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    }
    const cached = client.cached(name, { first: 1 });
    report[name] = { count: all.length, pages: differences(cached && titles(cached), all), putOff: asked !== null };
  }
  return report;
}

/** Every query that takes a moment, read a month ago beside what is open now, and its things fetched again by their ids. */
async function past({ network, operations, connect, pastIds, monthAgo, queries }) {
  const client = await connect();
  const asking = Object.values(operations).filter(({ kind, text }) => kind === "query" && text.includes("asOf: $asOf"));
  const valuesOf = ({ name, variables }) => filled({ ...variables, ...queries[name], asOf: null }, pastIds);
  const open = [];
  for (const operation of asking) {
    const screen = await client.open(operation.name, valuesOf(operation));
    open.push({ operation, screen, before: plain(await screen.shown()) });
  }
  const known = network.requests;
  const report = {};
  for (const operation of asking) {
    const values = { ...valuesOf(operation), asOf: monthAgo };
    const then = plain(await client.ask(operation.name, values));
    const nodes = [...new Set([...JSON.stringify(then).matchAll(/"id":"([a-z_0-9]+@\d+)"/g)].map(([, id]) => id))];
    await client.ask("node_refetch", { ids: nodes.slice(0, 100) });
    await network.idle();
    const again = client.cached(operation.name, values);
    const changed = open.map(async ({ operation: { name }, screen, before }) => differences(plain(await screen.shown()), before, name));
    report[operation.name] = {
      nodes: nodes.length,
      present: (await Promise.all(changed)).flat(),
      past: again === null ? ["not in the cache"] : differences(plain(again), then),
    };
  }
  const requests = network.requests - known - 2 * asking.length;
  const fresh = open.map(async ({ operation, before }) => {
    return differences(before, await network.send(operation, valuesOf(operation)), operation.name);
  });
  return { operations: report, fresh: (await Promise.all(fresh)).flat(), requests };
}

/** Answers the things in an answer by their ids: values alone, without the things that they lead to. */
function things(value, found = {}) {
  if (value === null || typeof value !== "object") return found;
  Object.values(value).forEach((each) => things(each, found));
  if (value.id === undefined || value.entityId === undefined) return found;
  const isLink = ([, each]) => each !== null && typeof each === "object" && !(Array.isArray(each) && typeof each[0] === "string");
  found[value.id] = { ...found[value.id], ...Object.fromEntries(Object.entries(value).filter((entry) => !isLink(entry))) };
  return found;
}

/** Every mutation: screens that are open show what new ones would, and the dashboard asks as seldom as the kit says. */
async function mutations({ network, operations, connect, ids, queries, screens }) {
  const client = await connect();
  const known = { ...ids };
  const open = [];
  for (const name of screens) {
    const variables = filled({ ...operations[name].variables, ...queries[name] }, ids);
    open.push({ name, variables, screen: await client.open(name, variables), fresh: await network.send(operations[name], variables) });
  }
  const report = [];
  for (const [name, more, remembered] of story) {
    const input = { ...operations[name].variables.input, idempotencyKey: undefined, ...more };
    const asking = network.counts.Dashboard;
    const [payload] = Object.values(await client.change(name, { ...operations[name].variables, input: filled(input, known) }));
    await network.idle();
    const shown = await Promise.all(open.map(async ({ screen }) => plain(await screen.shown())));
    const requests = network.counts.Dashboard - asking;
    const wrong = {};
    const before = things(open.map(({ fresh }) => fresh));
    await Promise.all(open.map(async (each) => (each.fresh = await network.send(operations[each.name], each.variables))));
    for (const [id, find] of Object.entries(remembered ?? {})) known[id] = find(payload, open[0].fresh);
    for (const [place, each] of open.entries()) {
      const differing = differences(shown[place], each.fresh);
      if (differing.length === 0) continue;
      wrong[each.name] = differing.slice(0, 10);
      // What one mutation missed is not what the next one missed.
      await client.ask(each.name, each.variables);
    }
    const named = new Set(payload.affected?.map(({ id }) => id));
    const after = Object.entries(things(open.map(({ fresh }) => fresh)));
    const missed = after.filter(([id]) => payload.affected && before[id] && !named.has(id));
    report.push({
      name,
      requests,
      errors: payload.userErrors.map(({ code, message }) => `${code} ${message}`),
      differences: wrong,
      missed: missed.flatMap(([id, values]) => differences(before[id], { ...before[id], ...values }, id)),
    });
  }
  return report;
}
