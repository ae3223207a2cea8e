// The GitHub App's private key.
//
// Answers for: recognising an RSA key in the two PEM forms in circulation: PKCS#1 ("BEGIN RSA PRIVATE KEY"), which is what
// GitHub hands out, and PKCS#8 ("BEGIN PRIVATE KEY"). Not for signing. OpenSSL's own words are left out: they help
// nobody, and nothing of the key may show.
import { createPrivateKey } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

const refusal =
  "is no RSA private key; expected the PEM file that GitHub generated for the App (PKCS#1 or PKCS#8, no passphrase)"

/** The key as PKCS#8 PEM. Fails with what to say of it. A key written on one line with `\n` in it is accepted. */
export const parsePrivateKey = Effect.fnUntraced(function* (pem: Redacted.Redacted) {
  const text = Redacted.value(pem).replaceAll("\\n", "\n")
  const key = yield* Effect.try({ try: () => createPrivateKey(text), catch: () => refusal })
  if (key.asymmetricKeyType !== "rsa") return yield* Effect.fail(refusal)
  return Redacted.make(key.export({ type: "pkcs8", format: "pem" }).toString())
})
