// A real OpenID provider: node provider.mjs <port> <key id> <audience>. Prints a line when it is ready.
import { generateKeyPairSync } from "node:crypto";
import Provider from "oidc-provider";

const [port, keyId, audience] = process.argv.slice(2);
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const key = { ...privateKey.export({ format: "jwk" }), kid: keyId, alg: "RS256", use: "sig" };
const program = (client_id) => ({
  client_id,
  client_secret: "only-for-tests",
  grant_types: ["client_credentials"],
  redirect_uris: [],
  response_types: [],
});
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [program("ada"), program("max")],
  jwks: { keys: [key] },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => audience,
      getResourceServerInfo: () => ({
        scope: "okr",
        audience,
        accessTokenFormat: "jwt",
        accessTokenTTL: 600,
        jwt: { sign: { alg: "RS256" } },
      }),
    },
  },
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
