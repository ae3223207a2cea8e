// Who calls, and what that caller may reach.
//
// Answers for: App JWTs, installation tokens, personal tokens, user name and password; access to repositories and
// organisations. Gotcha: what a caller may not see is 404, never 403; 403 says that a permission is missing.
import { timingSafeEqual } from "node:crypto"
import type { KeyObject } from "node:crypto"
import type { Installation, Repository, RunnerScope } from "../machine/Entities.ts"
import type { GitHubMachine } from "../machine/GitHubMachine.ts"
import type { MadeApps } from "../machine/MadeApps.ts"
import { notFound, Refused } from "../machine/Refused.ts"
import type { InstallationTokenFormat, PersonalTokenOptions } from "../Options.ts"
import { checkAppJwt, issuerOf } from "./AppJwt.ts"
import type { InstallationToken, Principal } from "./Principal.ts"
import type { Call, Route } from "./Route.ts"

export interface AuthenticationOptions {
  readonly appId: number
  readonly publicKey: KeyObject
  readonly madeApps: MadeApps
  readonly pats: ReadonlyArray<PersonalTokenOptions>
  readonly basicAuth: { readonly username: string; readonly password: string } | null
  readonly tokenFormat: InstallationTokenFormat
}

const ofEveryApp = new Set(["apps/get-authenticated", "apps/list-installations"])

const tokenLifetimeMillis = 3_600_000

const same = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

export class Authentication {
  readonly #machine: GitHubMachine
  readonly #options: AuthenticationOptions
  readonly #tokens = new Map<string, InstallationToken>()

  constructor(machine: GitHubMachine, options: AuthenticationOptions) {
    this.#machine = machine
    this.#options = options
  }

  /** A new token for an installation, valid for one hour. */
  issue(
    installation: Installation,
    narrowed: Pick<InstallationToken, "repositoryIds" | "permissions">
  ): InstallationToken {
    if (installation.suspendedAt !== null) throw new Refused(403, "This installation has been suspended")
    const token = this.#newToken(installation)
    const expiresAt = this.#machine.clock.now() + tokenLifetimeMillis
    const issued = { token, installation, installationId: installation.id, expiresAt, ...narrowed }
    this.#tokens.set(token, issued)
    return issued
  }

  /** The stateless format is an App's id and a JWT. The claims of GitHub's are not published: ours say the same in spirit. */
  #newToken(installation: Installation): string {
    const { ids, clock } = this.#machine
    if (this.#options.tokenFormat === "opaque") return `ghs_${ids.secret(36)}`
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url")
    const issuedAt = Math.floor(clock.now() / 1000)
    const claims = { iss: "github.com", sub: installation.id, iat: issuedAt, jti: ids.guid() }
    return `ghs_${this.#options.appId}_${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}.${ids.secret(342)}`
  }

  /** 401 for credentials that are unknown or expired. */
  identify(authorization: string | undefined): Principal {
    if (authorization === undefined || authorization === "") return { kind: "anonymous" }
    const [scheme = "", credentials = ""] = authorization.split(" ")
    if (scheme.toLowerCase() === "basic") return this.#basic(credentials)
    if (scheme.toLowerCase() !== "bearer" && scheme.toLowerCase() !== "token") throw badCredentials()
    if (credentials.split(".").length === 3 && !credentials.startsWith("gh")) {
      const made = this.#options.madeApps.byId(issuerOf(credentials)) ?? null
      const { id, publicKey } = made ?? { id: this.#options.appId, publicKey: this.#options.publicKey }
      checkAppJwt(credentials, publicKey, id, this.#machine.clock.now())
      return { kind: "app", made }
    }
    const issued = this.#tokens.get(credentials)
    if (issued !== undefined && this.#isAlive(issued)) {
      if (issued.installation.suspendedAt !== null) throw new Refused(403, "This installation has been suspended")
      return { kind: "installation", token: issued }
    }
    const pat = this.#options.pats.find((pat) => same(pat.token, credentials))
    if (pat === undefined) throw badCredentials()
    return userOf(pat)
  }

  /** Not expired, and of an installation that still exists under the same id. */
  #isAlive({ installation, installationId, expiresAt }: InstallationToken): boolean {
    return expiresAt > this.#machine.clock.now() && !installation.removed && installation.id === installationId
  }

  #basic(credentials: string): Principal {
    const decoded = Buffer.from(credentials, "base64").toString("utf8")
    const colon = decoded.indexOf(":")
    const [username, password] = [decoded.slice(0, colon), decoded.slice(colon + 1)]
    const known = this.#options.basicAuth
    if (known !== null && same(known.username, username) && same(known.password, password)) {
      return { kind: "user", login: username, owners: null }
    }
    const pat = this.#options.pats.find((pat) => same(pat.token, password))
    if (pat === undefined) throw badCredentials()
    return userOf(pat)
  }

  /** 401 or 403 when this kind of caller may not use this route at all. */
  authorize(route: Route, principal: Principal): void {
    if (route.appOnly === true) {
      if (principal.kind !== "app") throw new Refused(401, "A JSON web token could not be decoded")
      // It is installed nowhere, and has had no deliveries.
      if (principal.made !== null && !ofEveryApp.has(route.operation)) throw notFound()
      return
    }
    if (route.public === true) return
    if (principal.kind === "anonymous") throw new Refused(401, "Requires authentication")
    if (principal.kind === "app") throw badCredentials()
    if (route.permission === undefined || principal.kind !== "installation") return
    const [name, level] = route.permission
    const granted = principal.token.permissions[name]
    if (granted === "write" || granted === level) return
    throw new Refused(403, "Resource not accessible by integration", {
      "X-Accepted-GitHub-Permissions": `${name}=${level}`
    })
  }

  #reaches(principal: Principal, installation: Installation): boolean {
    if (installation.foreign) return false
    if (principal.kind === "installation") return principal.token.installation === installation
    if (principal.kind !== "user") return principal.kind === "app"
    return principal.owners === null || principal.owners.has(installation.account.login.toLowerCase())
  }

  /**
   * The repository that the path names, by name or by number. 404 when it is out of the caller's reach; 301 for the old
   * name of one that was renamed, 307 where the caller has to send its body again (which of the two is unverified).
   */
  repository(call: Call): Repository {
    const { topology, serverUrl } = this.#machine
    const { owner = "", repo = "", repository_id: number } = call.params
    const moved = number === undefined ? topology.movedFrom(owner, repo) : null
    const repository =
      moved ?? (number === undefined ? topology.repository(owner, repo) : topology.repositoryById(Number(number)))
    this.#checkReach(call, repository)
    if (moved === null) return repository
    const rest = call.url.pathname
      .split("/")
      .slice(4)
      .map((part) => `/${part}`)
      .join("")
    const location = `${serverUrl}/repositories/${moved.id}${rest}${call.url.search}`
    const isRead = call.method === "GET"
    throw new Refused(isRead ? 301 : 307, isRead ? "Moved Permanently" : "Temporary Redirect", { Location: location })
  }

  #checkReach(call: Call, repository: Repository): void {
    if (!this.#reaches(call.principal, repository.installation)) throw notFound()
    if (call.principal.kind !== "installation") return
    if (call.principal.token.repositoryIds?.has(repository.id) === false) throw notFound()
  }

  /** The organisation that the path names. 404 when it is out of the caller's reach. */
  organization(call: Call): Installation {
    const installation = this.#machine.topology.organization(call.params["org"] ?? "")
    if (!this.#reaches(call.principal, installation)) throw notFound()
    return installation
  }

  /** Where the runners of this path live: a repository or an organisation. */
  scope(call: Call): RunnerScope {
    if ("org" in call.params) return { installation: this.organization(call), repository: null }
    const repository = this.repository(call)
    return { installation: repository.installation, repository }
  }

  clear(): void {
    this.#tokens.clear()
  }
}

const badCredentials = (): Refused => new Refused(401, "Bad credentials")

const userOf = (pat: PersonalTokenOptions): Principal => ({
  kind: "user",
  login: pat.login,
  owners: pat.owners === undefined ? null : new Set(pat.owners.map((owner) => owner.toLowerCase()))
})
