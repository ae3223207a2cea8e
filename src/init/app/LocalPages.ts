// The pages by which a browser is sent to GitHub and comes back.
//
// Gotcha: they load nothing and run nothing. The form's target is named in the policy, which browsers apply to where its
// answer leads, too: back here.
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { permissionList } from "../../domain/GitHubAppNeeds.ts"
import type { manifestOf } from "./AppManifest.ts"

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

const style =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}button{font:inherit;padding:.5rem 1rem}"

const page = (title: string, body: string, status: number, formTarget: string) =>
  HttpServerResponse.text(
    `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>${style}</style>
<h1>${escaped(title)}</h1>
${body}
</html>
`,
    {
      status,
      contentType: "text/html; charset=utf-8",
      headers: {
        "cache-control": "no-store",
        connection: "close",
        // With no-referrer, the form would come from an origin called null. This tells the origin, and not the page's own path.
        "referrer-policy": "strict-origin",
        "x-content-type-options": "nosniff",
        "content-security-policy": `default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; form-action ${formTarget}`
      }
    }
  )

/** A form that takes the manifest to GitHub. */
export const startPage = (action: string, manifest: ReturnType<typeof manifestOf>) =>
  page(
    "A GitHub App for runnerd",
    `<form method="post" action="${escaped(action)}">
<p>It asks for: ${escaped(permissionList(manifest.default_permissions))}.</p>
<p>GitHub shows what the App may do, lets you change its name, and leads back here. Nothing is made before you say so there.</p>
<input type="hidden" name="manifest" value="${escaped(JSON.stringify(manifest))}">
<button>Go on to GitHub</button>
</form>`,
    200,
    `'self' ${new URL(action).origin}`
  )

export const messagePage = (status: number, title: string, text: string) =>
  page(title, `<p>${escaped(text)}</p>`, status, "'none'")

export const installPage = (name: string, installUrl: string) =>
  page(
    `The App ${name} is made`,
    `<p>Its key and the webhook's secret are where runnerd looks for them. <a href="${escaped(installUrl)}">Install it</a> where its jobs are; the terminal says what else is left to do.</p>`,
    200,
    "'none'"
  )
