// What has been broken in the simulated GitHub: Apps that are made from manifests.
import { mutationsOf } from "../Mutation.ts"
import type { Mutation } from "../Mutation.ts"

const madeApps = mutationsOf("src/simulator/github/machine/MadeApps.ts")
const manifestRoutes = mutationsOf("src/simulator/github/rest/ManifestRoutes.ts")
const authentication = mutationsOf("src/simulator/github/rest/Authentication.ts")

export const manifests: ReadonlyArray<Mutation> = [
  manifestRoutes(
    "the page does not say what the App may do",
    "<ul>${granted(manifest.permissions)}</ul>",
    "",
    "Manifest › a manifest › is shown before anything is made"
  ),
  manifestRoutes(
    "the App has the manifest's name, whatever a person says",
    '{ ...manifest, name: field(call, "name") }',
    "manifest",
    "Manifest › a manifest › is shown before anything is made"
  ),
  manifestRoutes(
    "the state is lost on the way",
    'if (state !== null) target.searchParams.set("state", state)',
    "",
    "Manifest › a manifest › leads back to where it says"
  ),
  madeApps(
    "a manifest needs no address",
    "if (!URL.canParse(url)) throw",
    'if (url === "nowhere") throw',
    "Manifest › a manifest › that is no JSON"
  ),
  manifestRoutes(
    "organisations own no Apps",
    'topology.organization(param(call, "org")).account',
    '(topology.organization(param(call, "org")), machine.actor)',
    "Manifest › a manifest › of an organisation"
  ),
  madeApps(
    "two Apps may have one name",
    "app.slug === slug",
    'app.slug === ""',
    "Manifest › a manifest › whose name is taken, or blank"
  ),
  madeApps(
    "there are webhook secrets without webhooks",
    "manifest.hasWebhook ? this.#ids.sha() : null",
    "this.#ids.sha()",
    "Manifest › the code › is exchanged without credentials"
  ),
  madeApps(
    "keys are PKCS#8",
    '{ type: "pkcs1", format: "pem" }',
    '{ type: "pkcs8", format: "pem" }',
    "Manifest › the code › is exchanged without credentials"
  ),
  madeApps("a code counts again and again", "    this.#codes.delete(code)\n", "", "Manifest › the code › counts once"),
  madeApps(
    "a code counts for ever",
    "known.expiresAt <= this.#clock.now()",
    "known.expiresAt <= 0",
    "Manifest › the code › counts for an hour"
  ),
  authentication(
    "an App that was made reaches the installations of another",
    "principal.made !== null && !ofEveryApp.has(route.operation)",
    "principal.made !== null && ofEveryApp.size === 0",
    "Manifest › an App that was made from a manifest › is itself"
  )
]
