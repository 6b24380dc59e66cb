// Apollo Client: new ApolloClient({ cache: new InMemoryCache(cacheOptions), defaultOptions: { mutate: { update } }, link }).
import connections from "./connections.json" with { type: "json" };
import possibleTypes from "./possibleTypes.json" with { type: "json" };
import { byCheckIn, hasWritten, isCheckIn, staleThings } from "./stale.js";
import valueTypes from "./valueTypes.json" with { type: "json" };

/**
 * @import { FieldPolicy, InMemoryCacheConfig, MutationUpdaterFunction, TypePolicies } from "@apollo/client"
 * @import { Modifier } from "@apollo/client/cache"
 * @typedef {{ edges?: any[], nodes?: any[], pageInfo?: Record<string, unknown>, totalCount?: number }} Page
 */

/**
 * Pages of one list, by `edges` or by `nodes`: a further page is joined to what is known, a first page begins anew.
 * (relayStylePagination of Apollo replaces `nodes` by the last page, and takes a list that was never read for an empty one.)
 *
 * @param {string[]} keyArgs
 * @returns {FieldPolicy<Page>}
 */
const pages = (keyArgs) => ({
  keyArgs: keyArgs.length > 0 && keyArgs,
  read(known, { args, canRead, readField }) {
    if (!known) return undefined;
    const { edges, nodes, pageInfo, totalCount = 0 } = known;
    const held = (edges ?? nodes ?? []).length;
    const hasMore = pageInfo?.hasNextPage ?? pageInfo?.hasPreviousPage ?? totalCount > held;
    // Somebody asks for more than anybody before: that is for the server to answer.
    const wanted = args?.after || args?.before ? 0 : (args?.first ?? args?.last ?? 0);
    if (hasMore && wanted > held) return undefined;
    return {
      ...known,
      ...(edges && { edges: edges.filter((edge) => canRead(readField("node", edge))) }),
      ...(nodes && { nodes: nodes.filter((node) => canRead(node)) }),
    };
  },
  merge(known, incoming, { args, isReference, readField }) {
    const { after, before } = args ?? {};
    const page = after || before ? joined(known ?? {}, incoming, after, before, readField) : { ...known, ...incoming };
    const refs = page.edges?.map((edge) => readField("node", edge));
    // Both ways of reading a list show the same list.
    if (incoming.edges && refs?.every(isReference)) page.nodes = refs;
    if (!incoming.edges && refs?.map(refOf).join() !== page.nodes?.map(refOf).join()) delete page.edges;
    return page;
  },
});

/** @param {any} thing */
const refOf = (thing) => thing?.__ref;

/**
 * @param {Page} known @param {Page} incoming @param {string | undefined} after @param {string | undefined} before
 * @param {(name: string, edge: any) => unknown} readField
 * @returns {Page}
 */
function joined(known, incoming, after, before, readField) {
  const at = known.edges?.findIndex((edge) => readField("cursor", edge) === (after || before)) ?? -1;
  /** @param {any[]} left @param {any[]} right */
  const join = (left = [], right = []) => {
    if (after) return [...(at < 0 ? left : left.slice(0, at + 1)), ...right];
    return [...right, ...(at < 0 ? left : left.slice(at))];
  };
  // What lies at the outer end is what the further page says; the other end is as it was.
  const outer = after ? ["hasNextPage", "endCursor"] : ["hasPreviousPage", "startCursor"];
  const moved = Object.entries(incoming.pageInfo ?? {}).filter(([name]) => outer.includes(name));
  return {
    ...known,
    ...incoming,
    ...(incoming.edges && { edges: join(known.edges, incoming.edges) }),
    ...(incoming.nodes && { nodes: join(known.nodes, incoming.nodes) }),
    pageInfo: { ...incoming.pageInfo, ...known.pageInfo, ...Object.fromEntries(moved) },
  };
}

/** @type {TypePolicies} */
const typePolicies = {};
for (const type of valueTypes) typePolicies[type] = { keyFields: false, merge: true };
for (const [type, fields] of Object.entries(connections)) {
  const policies = Object.entries(fields).map(([name, keyArgs]) => [name, pages(keyArgs)]);
  typePolicies[type] = { ...typePolicies[type], fields: Object.fromEntries(policies) };
}

/** @type {InMemoryCacheConfig} */
export const cacheOptions = { possibleTypes, typePolicies };

/**
 * Drops what a mutation made stale; queries that show it ask again.
 *
 * @type {MutationUpdaterFunction<any, any, any>}
 */
export function update(cache, { data }) {
  cache.batch({
    update: () => {
      for (const payload of Object.values(data ?? {}).filter(hasWritten)) {
        /** @type {Modifier<any>} */
        const dropPresent = (value, { fieldName, storeFieldName, DELETE }) => {
          const isPast = storeFieldName.includes('"asOf":{');
          return isPast || (isCheckIn(payload) && !byCheckIn.Query.includes(fieldName)) ? value : DELETE;
        };
        cache.modify({ id: "ROOT_QUERY", fields: dropPresent });
        for (const [thing, names] of isCheckIn(payload) ? staleThings(payload) : []) {
          for (const fieldName of names) cache.evict({ id: cache.identify(thing), fieldName });
        }
      }
    },
  });
}
