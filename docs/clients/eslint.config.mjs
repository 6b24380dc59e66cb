// graphql-eslint: what holds of the schema, and of the operations of a client.
import graphql from "@graphql-eslint/eslint-plugin";
import valueTypes from "./valueTypes.json" with { type: "json" };

const { configs } = graphql;
const schemaRules = { ...configs["flat/schema-recommended"].rules, ...configs["flat/schema-relay"].rules };

export default [
  {
    files: ["**/*.graphql"],
    languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema: "schema.graphql", documents: "src/**/*.graphql" } } },
    plugins: { "@graphql-eslint": graphql },
  },
  {
    files: ["schema.graphql"],
    rules: {
      ...schemaRules,
      "@graphql-eslint/input-name": ["error", { caseSensitiveInputType: false }],
      "@graphql-eslint/relay-edge-types": ["error", { shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false, withEdgeSuffix: true }],
      "@graphql-eslint/require-deprecation-date": "error",
      "@graphql-eslint/strict-id-in-types": [
        "error",
        {
          acceptedIdNames: ["id"],
          acceptedIdTypes: ["ID"],
          exceptions: { suffixes: ["Connection", "Edge", "Payload", "Error"], types: ["PageInfo", ...valueTypes] },
        },
      ],
    },
  },
  { files: ["src/**/*.graphql"], rules: configs["flat/operations-recommended"].rules },
];
