// urql: cacheExchange(cacheOptions), in front of fetchExchange.
import { relayPagination } from "@urql/exchange-graphcache/extras";
import connections from "./connections.json" with { type: "json" };
import introspection from "./introspection.json" with { type: "json" };
import { byCheckIn, hasWritten, isCheckIn, staleThings } from "./stale.js";
import valueTypes from "./valueTypes.json" with { type: "json" };

/** @import { CacheExchangeOpts, FieldInfo, UpdateResolver } from "@urql/exchange-graphcache" */

/** @param {string[]} names */
const paged = (names) => Object.fromEntries(names.map((name) => [name, relayPagination()]));

/**
 * Drops what a mutation made stale; queries that show it ask again.
 *
 * @type {UpdateResolver<any, any>}
 */
function update(result, _arguments, cache, { fieldName: mutation }) {
  const payload = result[mutation];
  if (!hasWritten(payload)) return;
  /** @param {any} entity @param {(field: FieldInfo) => boolean} isStale */
  const drop = (entity, isStale) => {
    for (const { fieldName, arguments: given } of cache.inspectFields(entity).filter(isStale)) cache.invalidate(entity, fieldName, given);
  };
  drop("Query", ({ fieldName, arguments: given }) => !given?.asOf && (!isCheckIn(payload) || byCheckIn.Query.includes(fieldName)));
  for (const [thing, names] of isCheckIn(payload) ? staleThings(payload) : []) {
    drop(thing, ({ fieldName }) => names.includes(fieldName));
  }
}

const mutations = introspection.__schema.types.find(({ name }) => name === "Mutation")?.fields ?? [];

/** @type {CacheExchangeOpts} */
export const cacheOptions = {
  schema: /** @type {any} */ (introspection),
  keys: Object.fromEntries(valueTypes.map((type) => [type, () => null])),
  resolvers: Object.fromEntries(Object.entries(connections).map(([type, fields]) => [type, paged(Object.keys(fields))])),
  updates: { Mutation: Object.fromEntries(mutations.map(({ name }) => [name, update])) },
};
