// What to do about each reason why a request failed or waits; docs/operations.md says more of each.
import type { RefusalCode } from "../../../../src/domain/AdmissionReasoning.ts"
import type { ReasonCode } from "../../../../src/domain/ReasonCode.ts"

const nothing = "Nothing."
const fewerCalls = "Nothing until then; if it happens often, github.registration_mode: token needs fewer calls."
const e2bStatus = "Look at E2B's status page."
const gitHubStatus = "Look at GitHub's status page."

export const advice: Readonly<Record<ReasonCode | RefusalCode | "exit_code", string>> = {
  sandbox_capacity: "Nothing; if it lasts, ask E2B.",
  sandbox_concurrency_limit: "Lower worker.max_concurrent_runners to the plan's number, or enlarge the plan.",
  sandbox_rate_limit: "Lower e2b.creates_per_second.",
  sandbox_no_compatible_node: "Check the CPU, memory and features that the template asks for.",
  template_unusable: "Build the template, or correct template_id of the runner spec, then retry.",
  sandbox_bad_request: "Check the template, and that e2b.timeout_seconds is no more than the plan allows.",
  sandbox_unauthorized: "Correct e2b.api_key, then retry.",
  sandbox_forbidden: "Check the E2B team's billing, and that the template belongs to it.",
  sandbox_gone: "E2B loses a few; if many, look at its status page. If a job ran in it, run that job again.",
  sandbox_unreachable: "If it lasts, check e2b.sandbox_url and the network.",
  sandbox_process_not_found: "Read the runner's logs.",
  sandbox_stream_lost: "If it lasts, check proxies for limits on long connections.",
  sandbox_conflict: nothing,
  sandbox_unavailable: e2bStatus,
  sandbox_timeout: "Look at E2B's status page; raise e2b.create_timeout_seconds if creates are slow.",
  sandbox_connection_failed: "Check e2b.api_url, DNS, the network.",
  sandbox_malformed_answer: "Check that e2b.api_url is E2B's and no proxy answers in its place.",
  github_rate_limit: fewerCalls,
  github_secondary_rate_limit: fewerCalls,
  github_unauthorized: "Check the App's id and private key, or the token.",
  github_forbidden: "Grant the permission to the App or token, accept it at the installation, then retry.",
  github_not_found: "Check that the repository still has this name and that the App or token may see it.",
  github_app_not_installed: "Install the App for this repository, then retry.",
  github_runner_name_taken: "Nothing: both names of an attempt were taken, the next has others.",
  github_runner_busy: "Nothing: it is tried without limit; GitHub frees a runner that vanished after some minutes.",
  github_runner_group_unusable: "Correct runner_group of the spec, or give the repository access to the group.",
  github_rejected: "Check the spec's labels and names.",
  github_unavailable: gitHubStatus,
  github_timeout: gitHubStatus,
  github_connection_failed: "Check DNS, the network, the proxy.",
  github_malformed_answer: "Check that no proxy answers in GitHub's place.",
  spec_not_found: "Create the runner spec again, then retry.",
  job_held: "Approve the job at GitHub; its runner is made once GitHub has queued it.",
  interrupted: nothing,
  runner_start_timeout: "Check that the template boots quickly, or raise e2b.create_timeout_seconds.",
  runner_not_ready:
    "Read its logs: often it is a runner version that GitHub no longer accepts, or no network in the template.",
  runner_idle: "Check that the repository may use the runner's group, and that the labels are those of the job.",
  runner_exited:
    "Read its logs; exit code 1: the template lacks /opt/actions-runner, 2: GitHub refused the registration, 3: nobody told it to register.",
  timeout: "Raise e2b.max_timeout_seconds or the E2B plan; give the job a timeout-minutes.",
  exit_code: "Read its logs: 137 is mostly too little memory in the template.",
  repository_not_allowed: "Add the repository to github.allowed_repositories, and start runnerd again.",
  no_labels: "Add labels to runs-on.",
  spec_not_allowed: "Make a runner spec available by default, or grant it by a policy, then retry.",
  spec_labels_not_matched: "Correct runs-on, or the labels of a runner spec, then retry.",
  spec_disabled: "Enable the runner spec, then retry."
}
