// Runs the public audit of GraphQL over HTTP against a server: node audit.mjs <address of /graphql> <token>
import { auditServer } from "graphql-http";

const [url, token] = process.argv.slice(2);
const authorized = (address, options = {}) =>
  fetch(address, { ...options, headers: { ...options.headers, authorization: `Bearer ${token}` } });

const results = await auditServer({ url, fetchFn: authorized });
const failed = results.filter((result) => result.status !== "ok");
for (const { status, id, name, reason } of failed) console.log(`${status} ${id} ${name}: ${reason}`);
console.log(`${results.length - failed.length} of ${results.length} checks are ok`);
process.exit(failed.length === 0 && results.length > 0 ? 0 : 1);
