// What owners do to the App and to their repositories while everything runs.
//
// Answers for: installing, uninstalling, installing anew under another id, suspending, choosing repositories, renaming;
// and for the webhook of each. Not for where things are found afterwards (Topology.ts).
// Gotchas: these events go to the App's hook only, except `repository`. What an uninstalled App's runners do from then on
// is not GitHub's concern: their registrations stay.
import type { InstallationOptions } from "../Options.ts"
import { accountPayload, nodeId, organizationPayload } from "../payloads/AccountPayload.ts"
import { installationPayload, listedRepositoryPayload } from "../payloads/InstallationPayload.ts"
import { repositoryPayload } from "../payloads/RepositoryPayload.ts"
import type { Account, Installation, Repository } from "./Entities.ts"
import { notFound } from "./Refused.ts"
import type { Topology } from "./Topology.ts"
import type { WebhookEvent } from "./WebhookEvent.ts"

export interface AccountChangesParts {
  readonly topology: Topology
  readonly serverUrl: string
  readonly appId: number
  readonly sender: Account
  readonly now: () => number
  readonly onWebhook: (event: WebhookEvent) => void
}

export class AccountChanges {
  readonly #parts: AccountChangesParts

  constructor(parts: AccountChangesParts) {
    this.#parts = parts
  }

  /** 404 when the App is not installed there. */
  #installed(owner: string): Installation {
    const installation = this.#parts.topology.ofOwner(owner)
    if (installation === null) throw notFound()
    return installation
  }

  #send(event: string, installation: Installation, body: Readonly<Record<string, unknown>>, repository?: Repository) {
    const { serverUrl, sender, onWebhook } = this.#parts
    onWebhook({
      event,
      action: String(body["action"]),
      installationId: installation.id,
      repositoryId: repository?.id ?? null,
      body: JSON.stringify({ ...body, sender: accountPayload(serverUrl, sender) })
    })
  }

  #installation(action: string, installation: Installation, repositories: ReadonlyArray<Repository>): void {
    const { serverUrl, appId } = this.#parts
    this.#send("installation", installation, {
      action,
      installation: installationPayload(serverUrl, appId, installation),
      repositories: repositories.map(listedRepositoryPayload),
      requester: null
    })
  }

  /** The App is installed on an account that it did not know. */
  install(options: InstallationOptions): Installation {
    const installation = this.#parts.topology.add(options)
    this.#installation("created", installation, [...installation.repositories.values()])
    return installation
  }

  uninstall(owner: string): void {
    const installation = this.#installed(owner)
    this.#installation("deleted", installation, [...installation.repositories.values()])
    this.#parts.topology.remove(installation)
  }

  /** Uninstalled and installed again: the repositories are the same, tokens and the old id are worth nothing. */
  reinstall(owner: string, id: number): void {
    const installation = this.#installed(owner)
    const repositories = [...installation.repositories.values()]
    this.#installation("deleted", installation, repositories)
    this.#parts.topology.renumber(installation, id)
    this.#installation("created", installation, repositories)
  }

  suspend(owner: string, suspended: boolean): void {
    const installation = this.#installed(owner)
    installation.suspendedAt = suspended ? this.#parts.now() : null
    this.#installation(suspended ? "suspend" : "unsuspend", installation, [])
  }

  /** The App may reach one repository more, which is made when it does not exist. */
  addRepository(owner: string, name: string): Repository {
    const installation = this.#installed(owner)
    const repository = this.#parts.topology.addRepository(installation, name)
    this.#selection("added", installation, repository)
    return repository
  }

  removeRepository(fullName: string): void {
    const repository = this.#parts.topology.repositoryByFullName(fullName)
    const { installation } = repository
    this.#parts.topology.removeRepository(repository)
    this.#selection("removed", installation, repository)
  }

  #selection(action: "added" | "removed", installation: Installation, repository: Repository): void {
    const { serverUrl, appId } = this.#parts
    const lists = { added: [] as Array<unknown>, removed: [] as Array<unknown> }
    lists[action].push(listedRepositoryPayload(repository))
    this.#send("installation_repositories", installation, {
      action,
      installation: installationPayload(serverUrl, appId, installation),
      repository_selection: "selected",
      repositories_added: lists.added,
      repositories_removed: lists.removed,
      requester: null
    })
  }

  /** Within its owner. The old name leads to the new one from then on. */
  rename(fullName: string, name: string): void {
    const { topology, serverUrl } = this.#parts
    const repository = topology.repositoryByFullName(fullName)
    const from = repository.name
    topology.rename(repository, name)
    const { installation, owner } = repository
    const organization = owner.type === "Organization" ? { organization: organizationPayload(serverUrl, owner) } : {}
    const body = {
      action: "renamed",
      changes: { repository: { name: { from } } },
      repository: repositoryPayload(serverUrl, repository),
      ...organization,
      installation: { id: installation.id, node_id: nodeId("IntegrationInstallation", installation.id) }
    }
    this.#send("repository", installation, body, repository)
  }
}
