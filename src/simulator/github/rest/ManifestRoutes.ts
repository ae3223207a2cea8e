// GitHub's manifest flow: its pages, where a person makes an App, and the exchange of the code that follows.
//
// Answers for: /settings/apps/new and /organizations/{org}/settings/apps/new, which take a form with the manifest;
// /app-manifests/{code}/conversions. The pages' looks, and how they refuse, are ours; whoever asks is taken for a person that
// is logged in and may do it.
import type { Account } from "../machine/Entities.ts"
import type { GitHubMachine } from "../machine/GitHubMachine.ts"
import { type MadeApp, type MadeApps, readManifest } from "../machine/MadeApps.ts"
import { madeAppPayload } from "../payloads/AppPayload.ts"
import type { Answer, Call, Route } from "./Route.ts"
import { objectBody, param } from "./Route.ts"

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

const page = (body: string): Answer => ({
  status: 200,
  headers: { "Content-Type": "text/html; charset=utf-8" },
  body: `<!doctype html>\n<meta charset="utf-8">\n<title>GitHub (simulated)</title>\n${body}\n`
})

const field = (call: Call, name: string): string => {
  const value = objectBody(call)[name]
  return typeof value === "string" ? value : ""
}

const granted = (permissions: Readonly<Record<string, string>>) =>
  Object.entries(permissions)
    .map(([name, level]) => `<li>${escaped(name)}: ${escaped(level)}</li>`)
    .join("")

/** What the App would be; nothing is made yet. The name may be changed. */
const confirmation = (call: Call): Answer => {
  const manifest = readManifest(field(call, "manifest"))
  const hidden = (name: string, value: string) => `<input type="hidden" name="${name}" value="${escaped(value)}">`
  return page(`<h1>Create GitHub App</h1>
<form method="post" action="${escaped(`${call.url.pathname.replace(/new$/, "made")}${call.url.search}`)}">
<label>GitHub App name <input name="name" value="${escaped(manifest.name)}"></label>
<ul>${granted(manifest.permissions)}</ul>
${hidden("manifest", field(call, "manifest"))}
<button>Create GitHub App</button>
</form>`)
}

export const manifestRoutes = (machine: GitHubMachine, apps: MadeApps): ReadonlyArray<Route> => {
  const { serverUrl, topology } = machine

  const made = (call: Call, owner: Account): Answer => {
    const manifest = readManifest(field(call, "manifest"))
    const code = apps.make({ ...manifest, name: field(call, "name") }, owner)
    const target = new URL(manifest.redirectUrl)
    target.searchParams.set("code", code)
    const state = call.query.get("state")
    if (state !== null) target.searchParams.set("state", state)
    return { status: 302, headers: { Location: target.href } }
  }

  const pages = (prefix: string, ownerOf: (call: Call) => Account): ReadonlyArray<Route> => [
    {
      method: "POST",
      path: `${prefix}/settings/apps/new`,
      operation: `page:${prefix}/settings/apps/new`,
      internal: "service",
      handle: (call) => {
        ownerOf(call)
        return confirmation(call)
      }
    },
    {
      method: "POST",
      path: `${prefix}/settings/apps/made`,
      operation: `page:${prefix}/settings/apps/made`,
      internal: "service",
      handle: (call) => made(call, ownerOf(call))
    }
  ]

  return [
    ...pages("", () => machine.actor),
    ...pages("/organizations/{org}", (call) => topology.organization(param(call, "org")).account),
    {
      method: "POST",
      path: "/app-manifests/{code}/conversions",
      operation: "apps/create-from-manifest",
      public: true,
      handle: (call) => ({ status: 201, body: handedOver(serverUrl, apps.exchange(param(call, "code"))) })
    }
  ]
}

/** The only time that GitHub tells the key and the secrets. */
const handedOver = (serverUrl: string, app: MadeApp) => ({
  ...madeAppPayload(serverUrl, app),
  client_id: app.clientId,
  client_secret: app.clientSecret,
  webhook_secret: app.webhookSecret,
  pem: app.privateKeyPem
})
