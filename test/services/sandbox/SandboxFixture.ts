// Sandboxes against a stub: options, and errors as values.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { Sandboxes } from "../../../src/services/sandbox/Sandboxes.ts"
import type { SandboxAccess } from "../../../src/services/sandbox/SandboxTypes.ts"
import { type StubHandler, stubServer } from "./StubServer.ts"

export const apiKey = "e2b_0123456789abcdef"
export const accessToken = "envd-access-token-1"

export const access: SandboxAccess = {
  sandboxId: "i1",
  envdVersion: "0.6.13",
  envdAccessToken: Redacted.make(accessToken),
  domain: undefined
}

/** The service, as it is built for this address. */
export const sandboxesAt = (url: string) =>
  Effect.provide(
    Sandboxes,
    Sandboxes.layer({
      apiKey: Redacted.make(apiKey),
      apiUrl: url,
      sandboxUrl: url,
      domain: undefined,
      callTimeout: Duration.seconds(20),
      createTimeout: Duration.seconds(60)
    })
  )

/** A stub that answers so, and the service that talks to it. */
export const withStub = Effect.fnUntraced(function* (handler: StubHandler) {
  const server = yield* stubServer(handler)
  return { server, sandboxes: yield* sandboxesAt(server.url) }
})
