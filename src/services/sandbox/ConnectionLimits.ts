// How many connections the E2B SDK may hold.
//
// Answers for: the limits that the SDK has no option for and reads from E2B_* variables when it first
// connects; so they are set here, over whatever the environment says (nonsense there would make the SDK
// throw). Once per process: the first Sandboxes layer decides.
// Gotcha: over plain HTTP/1.1 every followed process holds a connection of its own, and at the limit even
// short calls wait for ever; over TLS the SDK speaks HTTP/2, where one connection carries many streams.

const perStream = 10_000
const multiplexed = 200

/** `sandboxUrl`: where envd is reached; undefined: at E2B, over TLS. */
export const applyConnectionLimits = (sandboxUrl: string | undefined): void => {
  const envdConnections = sandboxUrl?.startsWith("http:") === true ? perStream : multiplexed
  Object.assign(process.env, {
    E2B_API_CONNECTIONS: "100",
    E2B_ENVD_RPC_CONNECTIONS: String(envdConnections),
    // 0: none. A stream that is followed for hours would count all that time; what runs at once is our own limit.
    E2B_API_INFLIGHT_REQUESTS: "0",
    E2B_ENVD_INFLIGHT_REQUESTS: "0",
    E2B_ENVD_RPC_INFLIGHT_REQUESTS: "0"
  })
}
