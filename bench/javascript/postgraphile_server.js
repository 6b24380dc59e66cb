// PostGraphile on plain tables: `postgraphile_server.js <database URL> <schema>`. Prints where it serves.
import { createServer } from "node:http";
import { grafserv } from "postgraphile/grafserv/node";
import { makePgService } from "postgraphile/adaptors/pg";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { postgraphile } from "postgraphile";

const [connectionString, schema] = process.argv.slice(2);

const service = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ connectionString, schemas: [schema], poolConfig: { max: 10 } })],
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
  grafast: { explain: false },
});
const server = createServer();
server.on("error", (error) => console.error(error));
await service.createServ(grafserv).addTo(server);
server.listen(0, "127.0.0.1", () => console.log(`Serving http://127.0.0.1:${server.address().port}`));
