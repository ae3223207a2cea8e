// Cuts out of GitHub's published OpenAPI description what the simulated GitHub is held to.
//
// Answers for: test/contract/github/github-openapi.json: the operations below and the webhooks below, with every schema
// they refer to and without descriptions and examples. Run by hand (`node scripts/github-openapi.mjs`) when the version
// changes or the simulator serves another operation; the result is committed.
// Gotcha: the package unpacks to hundreds of megabytes, so it is no dependency: one file of it is read, in a temporary
// folder.
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const version = "23.0.2"

const operations = `
  apps/create-from-manifest
  apps/get-authenticated apps/list-installations apps/get-installation apps/create-installation-access-token
  apps/get-repo-installation apps/get-org-installation apps/get-user-installation
  apps/list-repos-accessible-to-installation apps/suspend-installation apps/unsuspend-installation
  apps/delete-installation apps/get-webhook-config-for-app apps/list-webhook-deliveries apps/get-webhook-delivery apps/redeliver-webhook-delivery
  repos/list-webhook-deliveries repos/get-webhook-delivery repos/redeliver-webhook-delivery
  orgs/list-webhook-deliveries orgs/get-webhook-delivery orgs/redeliver-webhook-delivery
  repos/list-releases repos/get orgs/get users/get-authenticated rate-limit/get
  actions/create-registration-token-for-repo actions/create-registration-token-for-org
  actions/create-remove-token-for-repo actions/create-remove-token-for-org
  actions/generate-runner-jitconfig-for-repo actions/generate-runner-jitconfig-for-org
  actions/list-self-hosted-runners-for-repo actions/list-self-hosted-runners-for-org
  actions/get-self-hosted-runner-for-repo actions/get-self-hosted-runner-for-org
  actions/delete-self-hosted-runner-from-repo actions/delete-self-hosted-runner-from-org
  actions/list-self-hosted-runner-groups-for-org actions/get-self-hosted-runner-group-for-org
  actions/list-repo-access-to-self-hosted-runner-group-in-org actions/list-self-hosted-runners-in-group-for-org
  actions/list-workflow-runs-for-repo actions/get-workflow-run actions/get-workflow-run-attempt
  actions/list-jobs-for-workflow-run actions/list-jobs-for-workflow-run-attempt
  actions/get-job-for-workflow-run actions/download-job-logs-for-workflow-run
  actions/cancel-workflow-run actions/force-cancel-workflow-run actions/re-run-workflow
  actions/re-run-workflow-failed-jobs actions/re-run-job-for-workflow-run
`.match(/\S+/g)

const webhooks = `
  workflow-job-queued workflow-job-waiting workflow-job-in-progress workflow-job-completed
  workflow-run-requested workflow-run-in-progress workflow-run-completed
  installation-created installation-deleted installation-suspend installation-unsuspend
  installation-repositories-added installation-repositories-removed repository-renamed repository-transferred ping
`.match(/\S+/g)

const published = () => {
  const folder = mkdtempSync(join(tmpdir(), "github-openapi-"))
  try {
    const archive = execFileSync("npm", ["pack", `@octokit/openapi@${version}`, "--silent"], { cwd: folder })
    const files = ["package/generated/api.github.com.json", "package/LICENSE"]
    execFileSync("tar", ["-xzf", archive.toString().trim(), ...files], { cwd: folder })
    const [description, license] = files.map((file) => readFileSync(join(folder, file), "utf8"))
    return { description: JSON.parse(description), license: license.trim() }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const { description, license } = published()

/** OpenAPI 3.0 says `nullable`; JSON Schema knows only the type null. */
const withNull = ({ nullable, ...schema }) => {
  if (nullable !== true) return schema
  if (schema.type === undefined) return { anyOf: [schema, { type: "null" }] }
  const { enum: values, ...rest } = schema
  return { ...rest, type: [schema.type, "null"], ...(values === undefined ? {} : { enum: [...values, null] }) }
}

/** A copy without what no validation looks at. Keys of `properties` are names, not keywords. */
const bare = (value, isNames = false) => {
  if (Array.isArray(value)) return value.map((item) => bare(item))
  if (typeof value !== "object" || value === null) return value
  if (!isNames && "nullable" in value) return bare(withNull(value))
  const skipped = new Set(["description", "example", "examples", "externalDocs", "x-github", "title", "deprecated"])
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => isNames || !skipped.has(key))
      .map(([key, item]) => [key, bare(item, !isNames && key === "properties")])
  )
}

const resolved = (value) => {
  const name = value?.$ref?.match(/^#\/components\/responses\/(.+)$/)?.[1]
  return name === undefined ? value : description.components.responses[name]
}

const schemaOf = (content) =>
  content?.["application/json"]?.schema ?? content?.["application/scim+json"]?.schema ?? null

const subset = { operations: {}, webhooks: {}, schemas: {} }
const wanted = new Set(operations)
for (const [path, methods] of Object.entries(description.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    if (!wanted.delete(operation.operationId)) continue
    const responses = Object.entries(operation.responses).map(([status, response]) => [
      status,
      bare(schemaOf(resolved(response).content))
    ])
    subset.operations[operation.operationId] = {
      method: method.toUpperCase(),
      path,
      responses: Object.fromEntries(responses)
    }
  }
}
for (const name of webhooks) {
  const post = description["x-webhooks"][name]?.post
  if (post === undefined) throw new Error(`no webhook ${name}`)
  subset.webhooks[name] = bare(schemaOf(post.requestBody.content))
}
// An account cannot be a user and an enterprise at once: a slip of the description, which says anyOf everywhere else.
const { account } = subset.operations["apps/list-installations"].responses[200].items.properties
account.anyOf[0] = { anyOf: account.anyOf[0].allOf }

if (wanted.size > 0) throw new Error(`no operation ${[...wanted].join(", ")}`)

const collect = (value) => {
  if (Array.isArray(value)) return value.forEach(collect)
  if (typeof value !== "object" || value === null) return
  const name = value.$ref?.match(/^#\/components\/schemas\/(.+)$/)?.[1]
  if (name !== undefined && subset.schemas[name] === undefined) {
    subset.schemas[name] = bare(description.components.schemas[name])
    collect(subset.schemas[name])
  }
  Object.values(value).forEach(collect)
}
collect(subset.operations)
collect(subset.webhooks)

const target = new URL("../test/contract/github/github-openapi.json", import.meta.url)
const source = `npm package @octokit/openapi ${version}, generated/api.github.com.json; a subset, made by scripts/github-openapi.mjs`
writeFileSync(target, `${JSON.stringify({ source, license, ...subset })}\n`)
console.log(
  `${Object.keys(subset.operations).length} operations, ${webhooks.length} webhooks, ${Object.keys(subset.schemas).length} schemas`
)
