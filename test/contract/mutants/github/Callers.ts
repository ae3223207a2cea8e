// What has been broken in the simulated GitHub: who may call, accounts that change, and the judge of answers.
import { mutationsOf } from "../Mutation.ts"
import type { Mutation } from "../Mutation.ts"

const authentication = mutationsOf("src/simulator/github/rest/Authentication.ts")
const topology = mutationsOf("src/simulator/github/machine/Topology.ts")
const restServer = mutationsOf("src/simulator/github/rest/RestServer.ts")
const appRoutes = mutationsOf("src/simulator/github/rest/AppRoutes.ts")
const appJwt = mutationsOf("src/simulator/github/rest/AppJwt.ts")
const releaseRoutes = mutationsOf("src/simulator/github/rest/ReleaseRoutes.ts")
const rateLimits = mutationsOf("src/simulator/github/rest/RateLimits.ts")
const description = mutationsOf("test/contract/github/Description.ts")

export const callers: ReadonlyArray<Mutation> = [
  authentication(
    "releases are shown to nobody without credentials",
    "if (route.public === true) return",
    "",
    "Releases › the releases of the runner › are shown to callers without credentials"
  ),
  releaseRoutes(
    "releases come oldest first",
    ".toReversed()",
    "",
    "Releases › the releases of the runner › are shown to callers without credentials"
  ),
  releaseRoutes(
    "tags are bare versions",
    "`v${version}`",
    "version",
    "Releases › the releases of the runner › are shown to callers without credentials"
  ),
  releaseRoutes(
    "every repository has the runner's releases",
    ' !== "actions/runner"',
    ' === ""',
    "Releases › the releases of the runner › are shown to callers without credentials"
  ),
  authentication(
    "tokens outlive a new installation",
    " && !installation.removed && installation.id === installationId",
    " && !installation.removed",
    "Accounts › an installation › that is made anew"
  ),
  authentication(
    "a suspended installation's tokens go on working",
    "if (issued.installation.suspendedAt !== null)",
    "if (issued.installation.suspendedAt === undefined)",
    "Accounts › an installation › that is suspended"
  ),
  authentication(
    "tokens outlive their installation",
    " && !installation.removed",
    "",
    "Accounts › an installation › that is deleted"
  ),
  topology(
    "a repository that the App lost is still reached",
    "repository.installation.repositories.delete(repository.name",
    "repository.installation.repositories.has(repository.name",
    "Accounts › an installation › that comes later"
  ),
  authentication(
    "token formats are exchanged",
    'tokenFormat === "opaque"',
    'tokenFormat !== "opaque"',
    "Accounts › an installation › has tokens of the stateless format"
  ),
  authentication(
    "a write to an old name is redirected as a read",
    'const isRead = call.method === "GET"',
    "const isRead = true",
    "Accounts › a repository › that was renamed redirects"
  ),
  authentication(
    "every repository is in everybody's reach",
    "    this.#checkReach(call, repository)\n",
    "",
    "Accounts › a repository › says nothing of its new name",
    "Authentication › the App › exchanges its JWT"
  ),
  topology(
    "a repository's number leads elsewhere",
    "if (repository.id === id) return",
    "if (repository.id !== id) return",
    "Accounts › a repository › is served by its number"
  ),
  restServer(
    "the Date header is not GitHub's clock",
    "new Date(this.#parts.clock.now())",
    "new Date()",
    "Accounts › GitHub's clock › that differs"
  ),
  appRoutes(
    "an organisation's installation is another's",
    "shown(auth.organization(call))",
    "shown([...topology.installations.values()][1]!)",
    "Authentication › the App › finds the installation"
  ),
  appRoutes(
    "the list of installations lacks one",
    "topology.own() : []",
    "topology.own().slice(1) : []",
    "Authentication › the App › lists all installations"
  ),
  authentication(
    "installation tokens live two hours",
    "tokenLifetimeMillis = 3_600_000",
    "tokenLifetimeMillis = 7_200_000",
    "Authentication › the App › exchanges its JWT",
    "Time › tokens › of an installation"
  ),
  authentication(
    "a narrowed token is as wide as any",
    "    if (call.principal.token.repositoryIds?.has(repository.id) === false) throw notFound()\n",
    "",
    "Authentication › the App › gets a narrowed token"
  ),
  restServer(
    "an error's status is a number",
    "status: String(refused.status) }",
    "status: refused.status }",
    "Authentication › the App › is told 404"
  ),
  appJwt(
    "a JWT may live longer than ten minutes",
    "if (exp - now > maxLifetimeSeconds + driftSeconds)",
    "if (exp - now > 10 * maxLifetimeSeconds)",
    "Authentication › the App › is refused with a JWT"
  ),
  authentication(
    "the App's JWT opens an installation's routes",
    '    if (principal.kind === "app") throw badCredentials()\n',
    "",
    "Authentication › the App › may not use an installation's routes"
  ),
  authentication(
    "a personal token reaches every owner",
    "principal.owners === null ||",
    "principal.owners !== undefined ||",
    "Authentication › other credentials › a personal token works"
  ),
  authentication(
    "any password will do",
    " && same(known.password, password)",
    "",
    "Authentication › other credentials › user name and password"
  ),
  authentication(
    "no credentials are 403",
    'new Refused(401, "Requires authentication")',
    'new Refused(403, "Requires authentication")',
    "Authentication › other credentials › an unknown token"
  ),
  rateLimits(
    "asking for the limit costs a call",
    'operation === "rate-limit/get" ? 0 : 1',
    'operation === "none" ? 0 : 1',
    "Authentication › other credentials › every answer names"
  ),
  authentication(
    "a missing permission is told in other words",
    '"Resource not accessible by integration"',
    '"Forbidden"',
    "Authentication › permissions › a missing permission"
  ),
  description(
    "the judge lets every body pass",
    "if (validate(data)) return []",
    "return []",
    "Description › an answer › with a field missing",
    "Description › an answer › is judged",
    "Description › a webhook ›"
  ),
  description(
    "the judge misses no body",
    "return described ? [`${name} has no body`] : []",
    "return []",
    "Description › an answer › with a status, a body"
  ),
  description(
    "the judge condemns everything",
    "if (status >= 500) return []",
    'if (status >= 200) return ["seen"]',
    "Description › an answer › as GitHub describes it"
  )
]
