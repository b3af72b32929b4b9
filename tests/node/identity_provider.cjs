// An OpenID provider for tests: everybody signs in under the name they type, whatever the password.
// Told by its environment: PORT, and CLIENT and PEOPLE (claims by name) as JSON.
"use strict";

const { Provider } = require("oidc-provider");

const issuer = `http://127.0.0.1:${process.env.PORT}`;
const people = JSON.parse(process.env.PEOPLE);

const provider = new Provider(issuer, {
  clients: [JSON.parse(process.env.CLIENT)],
  claims: { openid: ["sub"], profile: ["name", "groups", "amr"] },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  cookies: { keys: ["of tests"] },
  features: { backchannelLogout: { enabled: true }, devInteractions: { enabled: true } },
  ttl: { Session: 600, Grant: 600, Interaction: 600, AccessToken: 600, IdToken: 600 },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, ...people[sub] }) }),
});

provider.listen(Number(process.env.PORT), "127.0.0.1", () => console.log("listens"));
