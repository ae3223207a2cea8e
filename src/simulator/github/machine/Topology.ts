// Who owns what: installations, their accounts, repositories and runner groups.
//
// Answers for: building them from the options and finding them. Names are compared case-insensitively, as GitHub does.
// Gotcha: only an organisation has runner groups; a repository's runners live in its "Default" group with id 1.
import type { SimulatorClock, SimulatorIds } from "../Environment.ts"
import type { InstallationOptions, RunnerGroupOptions } from "../Options.ts"
import type { Account, Installation, Repository, RunnerGroup, RunnerScope } from "./Entities.ts"
import { notFound, Refused } from "./Refused.ts"

/** What runners and jobs need, and the App asks for. */
export const defaultPermissions: Readonly<Record<string, "read" | "write">> = {
  actions: "write",
  administration: "write",
  metadata: "read",
  organization_self_hosted_runners: "write"
}

/** The group of every runner that a repository has by itself. */
export const defaultGroup: RunnerGroup = { id: 1, name: "Default", isDefault: true, repositoryIds: null }

export class Topology {
  readonly installations = new Map<number, Installation>()
  readonly #byOwner = new Map<string, Installation>()
  readonly #moved = new Map<string, Repository>()
  readonly #clock: SimulatorClock
  readonly #ids: SimulatorIds
  #lastGroupId = defaultGroup.id

  constructor(installations: ReadonlyArray<InstallationOptions>, clock: SimulatorClock, ids: SimulatorIds) {
    this.#clock = clock
    this.#ids = ids
    for (const options of installations) this.add(options)
  }

  /** Throws when id or owner are taken. */
  add(options: InstallationOptions): Installation {
    if (this.installations.has(options.id)) throw new Error(`two installations with the id ${options.id}`)
    if (this.#byOwner.has(options.owner.toLowerCase())) throw new Error(`two installations for ${options.owner}`)
    const account: Account = { id: this.#ids.next(), login: options.owner, type: options.ownerType }
    const repositories = new Map<string, Repository>()
    const installation: Installation = {
      id: options.id,
      account,
      repositories,
      runnerGroups: [defaultGroup],
      permissions: options.permissions ?? defaultPermissions,
      createdAt: this.#clock.now(),
      foreign: options.foreign ?? false,
      suspendedAt: null,
      removed: false
    }
    for (const name of options.repositories) this.addRepository(installation, name)
    this.setRunnerGroups(installation, options.runnerGroups ?? [])
    this.installations.set(options.id, installation)
    this.#byOwner.set(options.owner.toLowerCase(), installation)
    return installation
  }

  /** An organisation's owner makes all groups but the default one anew. Throws when one names an unknown repository. */
  setRunnerGroups(installation: Installation, groups: ReadonlyArray<RunnerGroupOptions>): void {
    const made = groups.map(({ name, repositories }): RunnerGroup => {
      const visible = repositories?.map((each) => installation.repositories.get(each.toLowerCase())?.id)
      if (visible?.includes(undefined)) throw new Error(`runner group ${name} names an unknown repository`)
      const repositoryIds = visible === undefined ? null : new Set(visible.filter((id) => id !== undefined))
      this.#lastGroupId += 1
      return { id: this.#lastGroupId, name, isDefault: false, repositoryIds }
    })
    installation.runnerGroups = [defaultGroup, ...made]
  }

  /** Those that the App has. */
  own(): ReadonlyArray<Installation> {
    return [...this.installations.values()].filter(({ foreign }) => !foreign)
  }

  /** The App is gone from the account; what it knew there cannot be found any more. */
  remove(installation: Installation): void {
    installation.removed = true
    this.installations.delete(installation.id)
    this.#byOwner.delete(installation.account.login.toLowerCase())
  }

  /** Throws when the id is taken. */
  renumber(installation: Installation, id: number): void {
    if (this.installations.has(id)) throw new Refused(422, `the installation id ${id} is taken`)
    this.installations.delete(installation.id)
    installation.id = id
    this.installations.set(id, installation)
  }

  /** The one that exists already, if it does. */
  addRepository(installation: Installation, name: string): Repository {
    const known = installation.repositories.get(name.toLowerCase())
    if (known !== undefined) return known
    const { account } = installation
    const repository: Repository = {
      id: this.#ids.next(),
      name,
      fullName: `${account.login}/${name}`,
      owner: account,
      installation,
      createdAt: this.#clock.now()
    }
    installation.repositories.set(name.toLowerCase(), repository)
    return repository
  }

  removeRepository(repository: Repository): void {
    repository.installation.repositories.delete(repository.name.toLowerCase())
  }

  /** 422 when the owner has a repository of that name. */
  rename(repository: Repository, name: string): void {
    const { repositories } = repository.installation
    if (repositories.has(name.toLowerCase())) throw new Refused(422, "name already exists on this account")
    repositories.delete(repository.name.toLowerCase())
    this.#moved.set(repository.fullName.toLowerCase(), repository)
    repository.name = name
    repository.fullName = `${repository.owner.login}/${name}`
    repositories.set(name.toLowerCase(), repository)
    this.#moved.delete(repository.fullName.toLowerCase())
  }

  /** The repository that once had this name, or null. */
  movedFrom(owner: string, name: string): Repository | null {
    return this.#moved.get(`${owner}/${name}`.toLowerCase()) ?? null
  }

  /** 404 when the App reaches no repository with this id. */
  repositoryById(id: number): Repository {
    for (const installation of this.installations.values()) {
      for (const repository of installation.repositories.values()) if (repository.id === id) return repository
    }
    throw notFound()
  }

  /** The installation on an owner's account, or null. */
  ofOwner(owner: string): Installation | null {
    return this.#byOwner.get(owner.toLowerCase()) ?? null
  }

  /** 404 when the repository does not exist here. */
  repository(owner: string, name: string): Repository {
    const repository = this.ofOwner(owner)?.repositories.get(name.toLowerCase())
    if (repository === undefined) throw notFound()
    return repository
  }

  /** From `owner/name`. 404 when the repository does not exist here. */
  repositoryByFullName(fullName: string): Repository {
    const [owner = "", name = ""] = fullName.split("/")
    return this.repository(owner, name)
  }

  /** 404 for an owner that is no organisation, or unknown. */
  organization(login: string): Installation {
    const installation = this.ofOwner(login)
    if (installation === null || installation.account.type !== "Organization") throw notFound()
    return installation
  }

  /** The scope that the URL given to config.sh stands for: `…/owner/repository` or `…/organisation`. */
  scopeOfUrl(url: string): RunnerScope {
    const parts = URL.canParse(url) ? new URL(url).pathname.split("/").filter((part) => part !== "") : []
    const [owner, name] = parts
    if (owner === undefined || parts.length > 2) throw new Refused(404, "Not Found")
    if (name === undefined) return { installation: this.organization(owner), repository: null }
    const repository = this.repository(owner, name)
    return { installation: repository.installation, repository }
  }

  groupById(scope: RunnerScope, id: number): RunnerGroup | null {
    if (scope.repository !== null) return id === defaultGroup.id ? defaultGroup : null
    return scope.installation.runnerGroups.find((group) => group.id === id) ?? null
  }

  groupByName(scope: RunnerScope, name: string): RunnerGroup | null {
    const wanted = name.toLowerCase()
    const groups = scope.repository === null ? scope.installation.runnerGroups : [defaultGroup]
    return groups.find((group) => group.name.toLowerCase() === wanted) ?? null
  }
}
