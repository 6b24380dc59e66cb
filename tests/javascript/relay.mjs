// Relay with the kit: compiles the operations of the contract as modules of the project, then node relay.mjs <what session.mjs wants>
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, print, visit } from "graphql";
import runtime from "relay-runtime";
import { given, session } from "./session.mjs";

const { project } = given();
const { Environment, Network, RecordSource, Store, commitMutation, createOperationDescriptor, fetchQuery } = runtime;

/** Relay wants names that begin with their module's; what a screen shows whole is not masked. */
function named({ text, kind }, module) {
  const fragment = (name) => ({ kind: "Name", value: `${module}_${name.value[0].toLowerCase()}${name.value.slice(1)}` });
  const unmasked = parse("{ ...F @relay(mask: false) }").definitions[0].selectionSet.selections[0].directives;
  return print(
    visit(parse(text), {
      OperationDefinition: (node) => ({ ...node, name: { kind: "Name", value: module + kind[0].toUpperCase() + kind.slice(1) } }),
      FragmentDefinition: (node) => ({ ...node, name: fragment(node.name) }),
      FragmentSpread: (node) => ({ ...node, name: fragment(node.name), directives: unmasked }),
    }),
  );
}

const moduleOf = (name) => name.replaceAll(/(?:^|_)(\w)/g, (_, letter) => letter.toUpperCase());

async function compiled(operations) {
  mkdirSync(join(project, "src"), { recursive: true });
  for (const operation of Object.values(operations)) {
    const [module, head] = [moduleOf(operation.name), 'import { graphql } from "relay-runtime";'];
    writeFileSync(join(project, "src", `${module}.ts`), `${head}\n\ngraphql\`\n${named(operation, module)}\`;\n`);
  }
  execFileSync(process.execPath, [join(project, "node_modules/relay-compiler/cli.js")], { cwd: project, stdio: ["ignore", "ignore", "inherit"] });
  const load = async ({ name, kind }) => {
    const artifact = `${moduleOf(name)}${kind[0].toUpperCase()}${kind.slice(1)}.graphql.ts`;
    return [name, (await import(join(project, "src/__generated__", artifact))).default];
  };
  return Object.fromEntries(await Promise.all(Object.values(operations).map(load)));
}

let artifacts;

await session(async (network, operations) => {
  artifacts ??= await compiled(operations);
  const send = async ({ text }, variables) => {
    const headers = { ...network.headers, "content-type": "application/json" };
    const response = await network.fetch(network.url, { method: "POST", headers, body: JSON.stringify({ query: text, variables }) });
    return response.json();
  };
  const environment = new Environment({ network: Network.create(send), store: new Store(new RecordSource()) });
  const ask = (name, variables) => {
    environment.retain(createOperationDescriptor(artifacts[name], variables));
    return fetchQuery(environment, artifacts[name], variables, { fetchPolicy: "network-only" }).toPromise();
  };
  const cached = (name, variables) => {
    const operation = createOperationDescriptor(artifacts[name], variables);
    if (environment.check(operation).status !== "available") return null;
    const { data, isMissingData } = environment.lookup(operation.fragment);
    return isMissingData ? null : data;
  };
  return {
    readsMore: true,
    ask,
    cached,
    change: (name, variables) =>
      new Promise((onCompleted, onError) => {
        const updater = ["key_result_check_in", "coach_draft"].includes(name) ? undefined : (store) => store.invalidateStore();
        commitMutation(environment, { mutation: artifacts[name], variables, updater, onCompleted, onError });
      }),
    // What useLazyLoadQuery with useSubscribeToInvalidationState does.
    open: async (name, variables) => {
      await ask(name, variables);
      return { shown: async () => cached(name, variables) ?? (await ask(name, variables)) };
    },
  };
});
