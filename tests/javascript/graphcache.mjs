// urql's graphcache with the kit: node graphcache.mjs <what session.mjs wants>
import { Client, fetchExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { join } from "node:path";
import { given, session } from "./session.mjs";

const { cacheOptions } = await import(join(given().project, "graphcache.js"));

await session((network, operations) => {
  const client = new Client({
    url: network.url,
    fetch: network.fetch,
    fetchOptions: { headers: network.headers },
    preferGetMethod: false,
    exchanges: [cacheExchange(cacheOptions), fetchExchange],
  });
  const settled = async (source) => {
    const { data, error } = await source.toPromise();
    if (error) throw error;
    return data;
  };
  return {
    joinsPages: true,
    ask: (name, variables) => settled(client.query(operations[name].text, variables, { requestPolicy: "network-only" })),
    change: (name, variables) => settled(client.mutation(operations[name].text, variables)),
    cached(name, variables) {
      const result = client.readQuery(operations[name].text, variables);
      return result === null || result.stale ? null : result.data;
    },
    async open(name, variables) {
      let shown;
      client.query(operations[name].text, variables).subscribe((result) => (shown = result.data));
      await network.idle();
      return { shown: () => shown };
    },
  };
});
