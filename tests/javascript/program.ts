// A small program with the types that graphql-codegen made: it is compiled, not run. What must not compile is marked.
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { cacheOptions, update } from "../apollo.js";
import type { DashboardQuery, DashboardQueryVariables, KeyResultCheckInMutation, KeyResultCheckInMutationVariables } from "./operations";

const client = new ApolloClient({
  cache: new InMemoryCache(cacheOptions),
  defaultOptions: { mutate: { update } },
  link: new HttpLink({ uri: "/graphql" }),
});

type Cycle = NonNullable<DashboardQuery["cycle"]>;

/** A line for each key result: numbers that need all their digits are texts, progress is a number or null. */
function lines(cycle: Cycle): string[] {
  const objectives = cycle.objectives.edges.map(({ node }) => node);
  return objectives.flatMap(({ title, keyResults }) =>
    keyResults.map(({ metric, progress, status }) => {
      const current: string | null = metric.current;
      const share: number = progress ?? 0;
      return `${title}: ${current ?? "?"} of ${metric.target ?? "?"} (${status}, ${share.toFixed(2)})`;
    }),
  );
}

export async function dashboard(variables: DashboardQueryVariables): Promise<string[]> {
  const { data } = await client.query<DashboardQuery, DashboardQueryVariables>({ query: gql`query Dashboard { viewer { id } }`, variables });
  return data?.cycle ? lines(data.cycle) : [];
}

export async function checkIn(keyResultId: string, value: string): Promise<string[]> {
  const variables: KeyResultCheckInMutationVariables = { input: { keyResultId, value, status: "ON_TRACK", dryRun: false } };
  const mutation = gql`mutation KeyResultCheckIn { __typename }`;
  const { data } = await client.mutate<KeyResultCheckInMutation, KeyResultCheckInMutationVariables>({ mutation, variables });
  return data?.keyResultCheckIn?.userErrors.map(({ message }) => message) ?? [];
}

// @ts-expect-error exactly one field of a moment is given
export const twice: DashboardQueryVariables = { cycleId: "cycle_01", asOf: { date: "2026-08-15", position: "42" } };
// @ts-expect-error a decimal is a text
export const number: KeyResultCheckInMutationVariables = { input: { keyResultId: "key_result_01", value: 7.5, dryRun: false } };
// @ts-expect-error an enum has only its values
export const status: KeyResultCheckInMutationVariables = { input: { keyResultId: "key_result_01", status: "FINE", dryRun: false } };
