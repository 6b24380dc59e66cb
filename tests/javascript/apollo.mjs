// Apollo Client with the kit: node apollo.mjs <what session.mjs wants>
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { loadDevMessages, loadErrorMessages } from "@apollo/client/dev";
import { join } from "node:path";
import { given, session } from "./session.mjs";

loadDevMessages();
loadErrorMessages();

const { cacheOptions, update } = await import(join(given().project, "apollo.js"));

await session((network, operations) => {
  const documents = Object.fromEntries(Object.values(operations).map(({ name, text }) => [name, gql(text)]));
  const client = new ApolloClient({
    cache: new InMemoryCache(cacheOptions),
    defaultOptions: { mutate: { update } },
    link: new HttpLink({ uri: network.url, headers: network.headers, fetch: network.fetch }),
  });
  return {
    joinsPages: true,
    ask: async (name, variables) => (await client.query({ query: documents[name], variables, fetchPolicy: "network-only" })).data,
    change: async (name, variables) => (await client.mutate({ mutation: documents[name], variables })).data,
    cached: (name, variables) => client.readQuery({ query: documents[name], variables }),
    async open(name, variables) {
      let shown;
      client.watchQuery({ query: documents[name], variables }).subscribe((result) => (shown = result.data));
      await network.idle();
      return { shown: () => shown };
    },
  };
});
