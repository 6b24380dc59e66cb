// graphql-codegen: graphql-codegen --config codegen.ts. Types of the operations alone; those of the whole schema help nobody.
import type { CodegenConfig } from "@graphql-codegen/cli";
import scalars from "./scalars.json";

const config: CodegenConfig = {
  schema: "schema.graphql",
  documents: "src/**/*.graphql",
  generates: {
    "src/operations.ts": {
      plugins: ["typescript-operations"],
      config: {
        scalars,
        strictScalars: true,
        // Without it, every operation on `Event` has a type for each of its fifty members.
        mergeFragmentTypes: true,
        enumType: "string-literal",
        useTypeImports: true,
      },
    },
  },
};

export default config;
