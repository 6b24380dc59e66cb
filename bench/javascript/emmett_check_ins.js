// Check-ins with Emmett: a stream per key result, appended to at the version that it was at.
//
// Run as `emmett_check_ins.js <database URL> <clients> <seconds> <event> <work>`; a client has streams of its own. The work
// is `append`, which remembers the streams' versions, or `command`, which lets a CommandHandler read the stream first.
// Prints latencies in seconds.
import { CommandHandler, STREAM_DOES_NOT_EXIST } from "@event-driven-io/emmett";
import { getPostgreSQLEventStore } from "@event-driven-io/emmett-postgresql";
import { randomUUID } from "node:crypto";
import pg from "pg";

const [databaseUrl, clientsText, secondsText, checkInText, work] = process.argv.slice(2);
const [clients, seconds, checkIn] = [Number(clientsText), Number(secondsText), JSON.parse(checkInText)];
const WARM_UP = 300;
const STREAMS = 400;

const pool = new pg.Pool({ connectionString: databaseUrl, max: clients });
const store = getPostgreSQLEventStore(databaseUrl, { connectionOptions: { pool } });
await store.schema.migrate();

const handle = CommandHandler({ initialState: () => ({ latest: null }), evolve: (_, { data }) => ({ latest: data }) });
const event = { type: "KeyResultCheckedIn", data: checkIn, metadata: { origin: "API" } };

const latencies = [];
const begin = performance.now() + WARM_UP;
const end = begin + seconds * 1000;

async function client() {
  const streams = Array.from({ length: Math.max(Math.floor(STREAMS / clients), 4) }, () => ({
    id: `key_result-${randomUUID()}`,
    version: STREAM_DOES_NOT_EXIST,
  }));
  for (let number = 0; ; number += 1) {
    const started = performance.now();
    if (started >= end) return;
    const stream = streams[number % streams.length];
    if (work === "command") {
      await handle(store, stream.id, () => event);
    } else {
      const appended = await store.appendToStream(stream.id, [event], { expectedStreamVersion: stream.version });
      stream.version = appended.nextExpectedStreamVersion;
    }
    if (started >= begin) latencies.push((performance.now() - started) / 1000);
  }
}

await Promise.all(Array.from({ length: clients }, client));
const took = (performance.now() - begin) / 1000;
await store.close();
await pool.end();
console.log(JSON.stringify({ latencies, seconds: took }));
