import { assert, describe, it } from "@effect/vitest"
import { addressBy } from "../../src/http/ClientAddress.ts"

const proxies = [
  { address: "10.0.0.0", bits: 8 },
  { address: "fd00::", bits: 8 },
  { address: "192.0.2.7", bits: 32 }
]

describe("the address that a request comes from", () => {
  for (const [what, peer, forwardedFor, expected] of [
    ["is the peer's", "198.51.100.1", undefined, "198.51.100.1"],
    ["is the peer's, whatever it says", "198.51.100.1", "203.0.113.9", "198.51.100.1"],
    ["is what a proxy says", "10.1.2.3", "203.0.113.9", "203.0.113.9"],
    ["is what a proxy of one address says", "192.0.2.7", "203.0.113.9", "203.0.113.9"],
    ["is the peer's beside that address", "192.0.2.8", "203.0.113.9", "192.0.2.8"],
    ["is what a proxy of IPv6 says", "fd00::1", "2001:db8::9", "2001:db8::9"],
    ["is what the outermost proxy says", "10.1.2.3", "203.0.113.9, 10.9.9.9, fd00::2", "203.0.113.9"],
    ["is not what somebody wrote before a proxy's entry", "10.1.2.3", "127.0.0.1, 203.0.113.9", "203.0.113.9"],
    ["is the proxy's when it says nothing", "10.1.2.3", undefined, "10.1.2.3"],
    ["is the proxy's when it says no address", "10.1.2.3", "203.0.113.9, unknown", "10.1.2.3"],
    ["is of IPv4 also on a socket of both families", "::ffff:198.51.100.1", undefined, "198.51.100.1"],
    ["is what such a proxy says", "::ffff:10.1.2.3", "::ffff:203.0.113.9", "203.0.113.9"]
  ] as const) {
    it(`${what}: ${peer}, ${forwardedFor ?? "no header"}`, () => {
      assert.strictEqual(addressBy(proxies)(peer, forwardedFor), expected)
    })
  }
  it("is the peer's when no proxy is trusted", () => {
    assert.strictEqual(addressBy([])("10.1.2.3", "203.0.113.9"), "10.1.2.3")
  })
})
