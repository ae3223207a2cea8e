// Words of the frame: what a token may do, and whether the page follows the service.
export const role = { viewer: "viewer", operator: "operator", admin: "admin" }

export const live = {
  connecting: "Connecting",
  live: "Live",
  reconnecting: "runnerd cannot be reached: trying again",
  ended: "Not live"
}
