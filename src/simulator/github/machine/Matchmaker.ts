// Which queued job goes to which idle runner.
//
// Answers for: GitHub's rule. A job goes to ANY idle online runner of its repository or organisation whose labels cover
// the job's (case-insensitively, which is unverified); nothing binds a runner to the job that caused it. Oldest job first,
// longest idle runner first. Not for what an assignment means (RunnerSessions.ts).
// Gotcha: jobs and runners that are exchangeable share a bucket, so an offer costs the number of buckets, not of jobs.
import type { Job, Repository, Runner, RunnerGroup } from "./Entities.ts"

interface JobBucket {
  readonly repository: Repository
  readonly labels: ReadonlyArray<string>
  readonly group: string | null
  /** By job id, oldest first. */
  jobs: Map<number, Job>
}

interface RunnerBucket {
  readonly repository: Repository | null
  readonly labels: ReadonlySet<string>
  readonly group: RunnerGroup
  /** With the order in which they became idle. */
  readonly runners: Map<Runner, number>
}

const lowerCased = (labels: ReadonlyArray<string>) => [...new Set(labels.map((label) => label.toLowerCase()))].sort()

const covers = (runners: RunnerBucket, jobs: JobBucket): boolean => {
  if (jobs.labels.length === 0 && jobs.group === null) return false
  if (runners.repository === null) {
    if (runners.group.repositoryIds?.has(jobs.repository.id) === false) return false
    if (jobs.group !== null && jobs.group !== runners.group.name.toLowerCase()) return false
  } else if (runners.repository.id !== jobs.repository.id || jobs.group !== null) return false
  return jobs.labels.every((label) => runners.labels.has(label))
}

const first = <A>(items: Iterable<A>): A | undefined => {
  for (const item of items) return item
  return undefined
}

/** Runners never cross accounts. */
class Account {
  readonly jobs = new Map<string, JobBucket>()
  readonly runners = new Map<string, RunnerBucket>()
}

export class Matchmaker {
  readonly #accounts = new Map<number, Account>()
  #order = 0

  #account(accountId: number): Account {
    const account = this.#accounts.get(accountId) ?? new Account()
    this.#accounts.set(accountId, account)
    return account
  }

  #jobKey(job: Job): string {
    const labels = lowerCased(job.definition.labels)
    return JSON.stringify([job.run.repository.id, job.definition.runnerGroup?.toLowerCase() ?? null, labels])
  }

  #runnerKey(runner: Runner): string {
    const labels = lowerCased(runner.labels.map((label) => label.name))
    return JSON.stringify([runner.scope.repository?.id ?? null, runner.group.id, labels])
  }

  /** Returns the idle runner that takes the job, which then is idle no more; else the job waits. */
  offerJob(job: Job): Runner | null {
    const account = this.#account(job.run.repository.installation.account.id)
    const key = this.#jobKey(job)
    const bucket: JobBucket = account.jobs.get(key) ?? {
      repository: job.run.repository,
      labels: lowerCased(job.definition.labels),
      group: job.definition.runnerGroup?.toLowerCase() ?? null,
      jobs: new Map()
    }
    let best: Runner | null = null
    let bestOrder = Infinity
    for (const runners of account.runners.values()) {
      if (!covers(runners, bucket)) continue
      const longestIdle = first(runners.runners)
      if (longestIdle === undefined || longestIdle[1] >= bestOrder) continue
      best = longestIdle[0]
      bestOrder = longestIdle[1]
    }
    if (best !== null) {
      this.withdrawRunner(best)
      return best
    }
    account.jobs.set(key, bucket)
    bucket.jobs.set(job.id, job)
    // A job that comes back is older than those before it. Rare, so the bucket is simply put in order again.
    if (job.requeues > 0) bucket.jobs = new Map([...bucket.jobs].sort(([a], [b]) => a - b))
    return null
  }

  /** Returns the oldest job that the runner can take, which then waits no more; else the runner is idle. */
  offerRunner(runner: Runner): Job | null {
    const account = this.#account(runner.scope.installation.account.id)
    const key = this.#runnerKey(runner)
    const bucket: RunnerBucket = account.runners.get(key) ?? {
      repository: runner.scope.repository,
      labels: new Set(lowerCased(runner.labels.map((label) => label.name))),
      group: runner.group,
      runners: new Map()
    }
    let oldest: Job | null = null
    for (const jobs of account.jobs.values()) {
      if (!covers(bucket, jobs)) continue
      const head = first(jobs.jobs.values())
      if (head !== undefined && (oldest === null || head.id < oldest.id)) oldest = head
    }
    if (oldest !== null) {
      this.withdrawJob(oldest)
      return oldest
    }
    account.runners.set(key, bucket)
    bucket.runners.set(runner, ++this.#order)
    return null
  }

  withdrawJob(job: Job): void {
    const account = this.#account(job.run.repository.installation.account.id)
    const key = this.#jobKey(job)
    const bucket = account.jobs.get(key)
    if (bucket?.jobs.delete(job.id) === true && bucket.jobs.size === 0) account.jobs.delete(key)
  }

  withdrawRunner(runner: Runner): void {
    const account = this.#account(runner.scope.installation.account.id)
    const key = this.#runnerKey(runner)
    const bucket = account.runners.get(key)
    if (bucket?.runners.delete(runner) === true && bucket.runners.size === 0) account.runners.delete(key)
  }

  clear(): void {
    this.#accounts.clear()
  }
}
