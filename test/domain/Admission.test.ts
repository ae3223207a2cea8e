import { assert, describe, it } from "@effect/vitest"
import { admit, admitExplicit, type Admission, type Catalog, compileCatalog } from "../../src/domain/Admission.ts"
import { groupPolicy, makeCatalog, makeGroup, makeSpec, specPolicy } from "./CatalogArbitrary.ts"

const outcome = (admission: Admission): string =>
  admission._tag === "Admitted" ? admission.spec.name : `!${admission.code}`
const ask = (over: Partial<Catalog>, repository: string, labels: ReadonlyArray<string>): Admission =>
  admit({ repository, labels, catalog: makeCatalog(over) })
const codes = (admission: Admission): ReadonlyArray<string> =>
  admission
    .reasoning()
    .map((step) => [step.code, step.policyId, step.groupName, step.specName].filter(Boolean).join(" "))

describe("allowlist", () => {
  const specs = [makeSpec("linux", ["self-hosted", "linux"])]
  it("E-07 refuses a repository outside the allowlist, visibly, before anything else is looked at", () => {
    const admission = ask({ allowedRepositories: ["acme/web"], specs }, "other/web", ["self-hosted"])
    assert.strictEqual(outcome(admission), "!repository_not_allowed")
    assert.isTrue(admission._tag === "Refused" && admission.managed)
    assert.deepStrictEqual(codes(admission), ["repository_not_allowed"])
    assert.strictEqual(
      admission._tag === "Refused" && admission.message,
      "Repository other/web is not in github.allowed_repositories."
    )
  })
  it("E-17 compares owner and repository without regard to case in allowlist, policy and event", () => {
    const closed = [makeSpec("linux", ["linux"], { defaultAvailable: false })]
    const policies = [specPolicy(1, "ACME/Web", "linux")]
    const over = { allowedRepositories: ["Acme/*"], specs: closed, policies }
    assert.strictEqual(outcome(ask(over, "aCmE/wEb", ["linux"])), "linux")
  })
  it("lets every repository in when the list is empty, but never a text that names none", () => {
    assert.strictEqual(outcome(ask({ specs }, "any/thing", ["linux"])), "linux")
    for (const repository of ["", "  ", "acme", "acme/*", "acme/..", "a/b/c"]) {
      assert.strictEqual(outcome(ask({ specs }, repository, ["linux"])), "!repository_not_allowed")
    }
  })
  it("is closed, not open, when its entries are blank or bare wildcards", () => {
    for (const entry of ["", " ", "*", "*/*", "/*"]) {
      assert.strictEqual(
        outcome(ask({ allowedRepositories: [entry], specs }, "acme/web", ["linux"])),
        "!repository_not_allowed"
      )
    }
  })
  it("does not take an owner for another whose name it begins with", () => {
    assert.strictEqual(
      outcome(ask({ allowedRepositories: ["acme/*"], specs }, "acme-evil/web", ["linux"])),
      "!repository_not_allowed"
    )
  })
})

describe("grants", () => {
  const closed = makeSpec("gpu", ["gpu"], { defaultAvailable: false })
  it("E-09 serves a default-available spec without a policy, any other only with one", () => {
    assert.strictEqual(outcome(ask({ specs: [makeSpec("gpu", ["gpu"])] }, "acme/web", ["gpu"])), "gpu")
    assert.strictEqual(outcome(ask({ specs: [closed] }, "acme/web", ["gpu"])), "!spec_not_allowed")
    const exact = { specs: [closed], policies: [specPolicy(1, "acme/web", "gpu")] }
    assert.strictEqual(outcome(ask(exact, "acme/web", ["gpu"])), "gpu")
    assert.strictEqual(outcome(ask(exact, "acme/api", ["gpu"])), "!spec_not_allowed")
    const ofOwner = { specs: [closed], policies: [specPolicy(1, "acme/*", "gpu")] }
    assert.strictEqual(outcome(ask(ofOwner, "acme/api", ["gpu"])), "gpu")
    assert.strictEqual(outcome(ask(ofOwner, "other/api", ["gpu"])), "!spec_not_allowed")
  })
  it("E-09 expands a group policy to its members, and skips but tells what is disabled or missing", () => {
    const admission = ask(
      {
        specs: [closed],
        groups: [makeGroup("big", ["gpu", "deleted"]), makeGroup("off", ["gpu"], false)],
        policies: [
          groupPolicy(5, "acme/*", "big"),
          groupPolicy(4, "acme/web", "off"),
          groupPolicy(3, "acme/web", "nowhere"),
          specPolicy(2, "acme/web", "nothing"),
          specPolicy(1, "acme/web", "gpu", false),
          specPolicy(6, "other/web", "gpu")
        ]
      },
      "acme/web",
      ["gpu"]
    )
    assert.strictEqual(outcome(admission), "gpu")
    assert.deepStrictEqual(codes(admission), [
      "repository_allowed",
      "policy_disabled 1 gpu",
      "policy_spec_missing 2 nothing",
      "policy_group_missing 3 nowhere",
      "policy_group_disabled 4 off",
      "policy_grants_group 5 big",
      "group_spec_missing 5 big deleted",
      "spec_chosen gpu"
    ])
  })
  it("keeps specs and groups of one name apart", () => {
    const specs = [closed, makeSpec("other", ["gpu"], { defaultAvailable: false })]
    const groups = [makeGroup("gpu", ["other"])]
    assert.strictEqual(outcome(ask({ specs, groups, policies: [specPolicy(1, "a/b", "gpu")] }, "a/b", ["gpu"])), "gpu")
    assert.strictEqual(
      outcome(ask({ specs, groups, policies: [groupPolicy(1, "a/b", "gpu")] }, "a/b", ["gpu"])),
      "other"
    )
  })
  it("counts neither a disabled spec nor a policy for one as available", () => {
    const specs = [makeSpec("gpu", ["gpu"], { enabled: false })]
    const admission = ask({ specs, policies: [specPolicy(1, "a/b", "gpu")] }, "a/b", ["gpu"])
    assert.strictEqual(outcome(admission), "!spec_not_allowed")
    assert.strictEqual(
      admission._tag === "Refused" && admission.message,
      'No runner spec is available to a/b. Runner spec "gpu" has these labels, but is disabled.'
    )
  })
  it("never mistakes a name of Object.prototype for a spec, a group or a label", () => {
    const policies = [specPolicy(1, "a/b", "constructor"), groupPolicy(2, "a/b", "toString")]
    assert.strictEqual(outcome(ask({ specs: [closed], policies }, "a/b", ["__proto__"])), "!spec_not_allowed")
  })
})

describe("labels", () => {
  it("E-08 wants the job's labels on the spec, which may have more; case and spaces do not matter", () => {
    const specs = [makeSpec("linux", ["Self-Hosted", "Linux", "X64"])]
    assert.strictEqual(outcome(ask({ specs }, "a/b", ["self-hosted", " linux "])), "linux")
    assert.strictEqual(outcome(ask({ specs }, "a/b", ["self-hosted", "arm64"])), "!spec_labels_not_matched")
  })
  it("implies no label: self-hosted counts only if the spec has it", () => {
    assert.strictEqual(
      outcome(ask({ specs: [makeSpec("l", ["linux"])] }, "a/b", ["self-hosted", "linux"])),
      "!spec_labels_not_matched"
    )
  })
  it("refuses a job without labels with that reason, visibly, whatever the specs", () => {
    for (const labels of [[], [" "]]) {
      const admission = ask({ specs: [makeSpec("any", ["linux"])] }, "a/b", labels)
      assert.strictEqual(outcome(admission), "!no_labels")
      assert.isTrue(admission._tag === "Refused" && admission.managed)
      assert.deepStrictEqual(codes(admission), ["repository_allowed", "no_labels"])
    }
  })
  it("makes a refusal visible only for self-hosted or a label that some spec has, disabled ones included", () => {
    const specs = [makeSpec("gpu", ["GPU"], { enabled: false })]
    const managed = (labels: ReadonlyArray<string>) => {
      const admission = ask({ specs }, "a/b", labels)
      return admission._tag === "Refused" && admission.managed
    }
    assert.isTrue(managed(["Self-Hosted", "mac"]))
    assert.isTrue(managed(["gpu", "mac"]))
    assert.isFalse(managed(["ubuntu-latest"]))
  })
  it("says what is missing, and what would serve the job", () => {
    const specs = [
      makeSpec("small", ["self-hosted", "linux"]),
      makeSpec("gpu", ["self-hosted", "gpu"], { defaultAvailable: false })
    ]
    const message = (labels: ReadonlyArray<string>) => {
      const admission = ask({ specs }, "a/b", labels)
      return admission._tag === "Refused" && admission.message
    }
    assert.strictEqual(
      message(["self-hosted", "gpu"]),
      'No runner spec available to a/b has all of the labels self-hosted, gpu. Runner spec "gpu" has these labels; a repository policy can make it available.'
    )
    assert.strictEqual(
      message(["self-hosted", "windows"]),
      'No runner spec available to a/b has all of the labels self-hosted, windows. The nearest, "small", lacks windows.'
    )
  })
  it("keeps messages and sentences short whatever the labels", () => {
    const labels = Array.from({ length: 256 }, (_, index) => `${index}`.padEnd(256, "x"))
    const admission = ask({ specs: [makeSpec("l", ["linux"])] }, "a/b", ["self-hosted", ...labels])
    assert.isBelow(admission._tag === "Refused" ? admission.message.length : Infinity, 1500)
    for (const step of admission.reasoning()) assert.isBelow(step.sentence.length, 1000)
  })
})

describe("order", () => {
  it("takes the higher priority, then more labels, then the name; and says who was outranked", () => {
    const b = makeSpec("b", ["linux", "gpu"])
    const a = makeSpec("a", ["linux", "gpu"])
    const wide = makeSpec("wide", ["linux", "gpu", "x64"])
    const first = makeSpec("zz", ["linux"], { priority: 1 })
    assert.strictEqual(outcome(ask({ specs: [b, a] }, "a/b", ["linux"])), "a")
    assert.strictEqual(outcome(ask({ specs: [b, a, wide] }, "a/b", ["linux"])), "wide")
    const admission = ask({ specs: [b, a, wide, first] }, "a/b", ["linux"])
    assert.deepStrictEqual(codes(admission), [
      "repository_allowed",
      "spec_chosen zz",
      "spec_outranked wide",
      "spec_outranked a",
      "spec_outranked b"
    ])
  })
  it("does not count a label twice that differs in case only", () => {
    const doubled = Object.assign(makeSpec("b", ["linux"]), { labels: ["linux", "LINUX", "Linux"] })
    assert.strictEqual(outcome(ask({ specs: [doubled, makeSpec("a", ["linux", "x64"])] }, "a/b", ["linux"])), "a")
  })
})

describe("an explicit spec", () => {
  const specs = [
    makeSpec("open", ["linux"]),
    makeSpec("closed", ["linux", "gpu"], { defaultAvailable: false }),
    makeSpec("off", ["linux"], { enabled: false })
  ]
  const catalog = compileCatalog(
    makeCatalog({ allowedRepositories: ["acme/*"], specs, policies: [specPolicy(1, "acme/web", "closed")] })
  )
  const explicit = (repository: string, specName: string, labels?: ReadonlyArray<string>) =>
    admitExplicit({ repository, specName, labels, catalog })
  it("E-10 obeys allowlist, policy, enabled and labels like a job", () => {
    assert.strictEqual(outcome(explicit("acme/web", "closed")), "closed")
    assert.strictEqual(outcome(explicit("acme/api", "open", ["LINUX"])), "open")
    assert.strictEqual(outcome(explicit("acme/api", "closed")), "!spec_not_allowed")
    assert.strictEqual(outcome(explicit("other/web", "open")), "!repository_not_allowed")
    assert.strictEqual(outcome(explicit("acme/web", "off")), "!spec_disabled")
    assert.strictEqual(outcome(explicit("acme/web", "Open")), "!spec_not_found")
    assert.strictEqual(outcome(explicit("acme/web", "open", ["linux", "gpu"])), "!spec_labels_not_matched")
  })
  it("explains itself about that spec alone", () => {
    const refused = explicit("acme/web", "open", ["gpu"])
    assert.strictEqual(refused._tag === "Refused" && refused.message, 'Runner spec "open" lacks gpu.')
    assert.deepStrictEqual(codes(refused), [
      "repository_allowed",
      "policy_grants_spec 1 closed",
      "spec_labels_not_matched open"
    ])
    assert.deepStrictEqual(codes(explicit("acme/web", "none")), [
      "repository_allowed",
      "policy_grants_spec 1 closed",
      "spec_not_found none"
    ])
  })
})
