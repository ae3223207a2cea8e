// How a repository looks in answers and webhooks.
//
// Answers for: the full `repository` object and the shorter one inside a workflow run. Shapes after
// @octokit/webhooks-examples. Gotcha: the templates in braces (`{/sha}`) are GitHub's own and are not expanded.
import type { Repository } from "../machine/Entities.ts"
import { accountPayload, isoTime, nodeId } from "./AccountPayload.ts"

const templates = {
  forks_url: "/forks",
  keys_url: "/keys{/key_id}",
  collaborators_url: "/collaborators{/collaborator}",
  teams_url: "/teams",
  hooks_url: "/hooks",
  issue_events_url: "/issues/events{/number}",
  events_url: "/events",
  assignees_url: "/assignees{/user}",
  branches_url: "/branches{/branch}",
  tags_url: "/tags",
  blobs_url: "/git/blobs{/sha}",
  git_tags_url: "/git/tags{/sha}",
  git_refs_url: "/git/refs{/sha}",
  trees_url: "/git/trees{/sha}",
  statuses_url: "/statuses/{sha}",
  languages_url: "/languages",
  stargazers_url: "/stargazers",
  contributors_url: "/contributors",
  subscribers_url: "/subscribers",
  subscription_url: "/subscription",
  commits_url: "/commits{/sha}",
  git_commits_url: "/git/commits{/sha}",
  comments_url: "/comments{/number}",
  issue_comment_url: "/issues/comments{/number}",
  contents_url: "/contents/{+path}",
  compare_url: "/compare/{base}...{head}",
  merges_url: "/merges",
  archive_url: "/{archive_format}{/ref}",
  downloads_url: "/downloads",
  issues_url: "/issues{/number}",
  pulls_url: "/pulls{/number}",
  milestones_url: "/milestones{/number}",
  notifications_url: "/notifications{?since,all,participating}",
  labels_url: "/labels{/name}",
  releases_url: "/releases{/id}",
  deployments_url: "/deployments"
} as const

/** As inside a workflow run. */
export const minimalRepositoryPayload = (serverUrl: string, repository: Repository) => {
  const url = `${serverUrl}/repos/${repository.fullName}`
  const links = Object.entries(templates).map(([key, path]) => [key, url + path])
  return {
    id: repository.id,
    node_id: nodeId("Repository", repository.id),
    name: repository.name,
    full_name: repository.fullName,
    private: true,
    owner: accountPayload(serverUrl, repository.owner),
    html_url: `${serverUrl}/${repository.fullName}`,
    description: "A repository of the simulated GitHub",
    fork: false,
    url,
    ...(Object.fromEntries(links) as Record<keyof typeof templates, string>)
  }
}

export const repositoryPayload = (serverUrl: string, repository: Repository) => {
  const at = isoTime(repository.createdAt)
  const htmlUrl = `${serverUrl}/${repository.fullName}`
  const host = new URL(serverUrl).host
  return {
    ...minimalRepositoryPayload(serverUrl, repository),
    created_at: at,
    updated_at: at,
    pushed_at: at,
    git_url: `git://${host}/${repository.fullName}.git`,
    ssh_url: `git@${host}:${repository.fullName}.git`,
    clone_url: `${htmlUrl}.git`,
    svn_url: htmlUrl,
    homepage: null,
    size: 0,
    stargazers_count: 0,
    watchers_count: 0,
    language: null,
    has_issues: true,
    has_projects: true,
    has_downloads: true,
    has_wiki: true,
    has_pages: false,
    has_discussions: false,
    forks_count: 0,
    mirror_url: null,
    archived: false,
    disabled: false,
    open_issues_count: 0,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: "private",
    forks: 0,
    open_issues: 0,
    watchers: 0,
    default_branch: "main",
    custom_properties: {}
  }
}
