// Tokens of each role in a local world, and pages of the console that are connected with one.
import type { Browser } from "playwright-core"
import { adminToken } from "../../src/demo/LocalWorld.ts"
import { openPage } from "./Browser.ts"

/** `admin.token` has the name that the original gave it. */
export const tokens = {
  admin: { name: "admin_api", token: adminToken },
  operator: { name: "deploy-bot", token: "operator-token-of-the-console" },
  viewer: { name: "dashboard", token: "viewer-token-of-the-console" }
} as const

/** For `openWorld`. */
export const roleSettings = {
  "admin.tokens": [
    { ...tokens.operator, role: "operator" },
    { ...tokens.viewer, role: "viewer" }
  ]
}

export const openAs = async (
  browser: Browser,
  role: keyof typeof tokens,
  options: Parameters<typeof openPage>[1] = {}
) => {
  const opened = await openPage(browser, options)
  await opened.page.addInitScript((token) => {
    localStorage.setItem("runnerd-admin-token", token)
  }, tokens[role].token)
  return opened
}
