// How an installation of the App looks in answers and webhooks.
//
// Answers for: the `installation` object, and the short form of a repository inside installation webhooks.
import type { Installation, Repository } from "../machine/Entities.ts"
import { accountPayload, isoTime, isoTimeOrNull, nodeId } from "./AccountPayload.ts"

export const appSlug = "runnerd-simulated"
export const appEvents = ["workflow_job", "workflow_run"]

export const installationPayload = (serverUrl: string, appId: number, installation: Installation) => ({
  id: installation.id,
  account: accountPayload(serverUrl, installation.account),
  access_tokens_url: `${serverUrl}/app/installations/${installation.id}/access_tokens`,
  repositories_url: `${serverUrl}/installation/repositories`,
  html_url: `${serverUrl}/settings/installations/${installation.id}`,
  app_id: appId,
  app_slug: appSlug,
  target_id: installation.account.id,
  target_type: installation.account.type,
  permissions: installation.permissions,
  events: appEvents,
  created_at: isoTime(installation.createdAt),
  updated_at: isoTime(installation.createdAt),
  single_file_name: null,
  has_multiple_single_files: false,
  single_file_paths: [],
  repository_selection: "selected",
  suspended_by: null,
  suspended_at: isoTimeOrNull(installation.suspendedAt)
})

export const listedRepositoryPayload = (repository: Repository) => ({
  id: repository.id,
  node_id: nodeId("Repository", repository.id),
  name: repository.name,
  full_name: repository.fullName,
  private: true
})
