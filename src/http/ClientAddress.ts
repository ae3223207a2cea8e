// From which address a request comes: for the access log, and for the limit on wrong tokens.
//
// Answers for: who is believed about it. A peer among `server.trusted_proxies` is; it tells by X-Forwarded-For for whom it
// asks. Any other could write there what it likes.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as HttpServerRequest from "effect/http/HttpServerRequest"
import { BlockList, isIP } from "node:net"
import { Config } from "../services/config/Config.ts"
import type { AddressRange } from "../services/config/RunnerdConfig.ts"

/** A socket of both families writes IPv4 addresses as `::ffff:192.0.2.1`. */
const plain = (address: string) => address.replace(/^::ffff:(?=\d+\.)/i, "")

export const addressBy = (trusted: ReadonlyArray<AddressRange>) => {
  const proxies = new BlockList()
  for (const { address, bits } of trusted) proxies.addSubnet(address, bits, isIP(address) === 6 ? "ipv6" : "ipv4")
  const isProxy = (address: string) => proxies.check(address, isIP(address) === 6 ? "ipv6" : "ipv4")

  return (peer: string, forwardedFor: string | undefined): string => {
    let address = plain(peer)
    // Each proxy adds the address of its peer at the end. What stands before the first that is no proxy may be made up.
    for (const told of (forwardedFor ?? "").split(",").toReversed()) {
      const next = plain(told.trim())
      if (!isProxy(address) || isIP(next) === 0) break
      address = next
    }
    return address
  }
}

/** Undefined once the peer is gone. */
export class ClientAddress extends Context.Service<
  ClientAddress,
  (request: HttpServerRequest.HttpServerRequest) => string | undefined
>()("runnerd/http/ClientAddress") {
  static readonly layer = Layer.effect(
    ClientAddress,
    Effect.map(Config, ({ server }) => {
      const addressOf = addressBy(server.trustedProxies)
      return ({ headers, remoteAddress }) => {
        const peer = Option.getOrUndefined(remoteAddress)
        return peer === undefined ? undefined : addressOf(peer, headers["x-forwarded-for"])
      }
    })
  )
}
