// What a scenario file may say, and how it is told that something is wrong with it.
import { readdirSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { operations } from "../../../src/simulator/github/Operations.ts"
import { startGitHubSimulator } from "../../../src/simulator/github/GitHubSimulator.ts"
import { loadScenario, readScenario } from "../../../src/simulator/scenario/ReadScenario.ts"
import { runDefinition } from "../../../src/simulator/scenario/RunDefinitions.ts"
import { ScenarioError } from "../../../src/simulator/scenario/ScenarioProblems.ts"

const good = {
  name: "test",
  installations: [{ id: 1, owner: "acme", ownerType: "Organization", repositories: ["web"] }],
  templates: ["small"],
  specs: [{ name: "small", labels: ["self-hosted", "e2b"], template_id: "small" }],
  timeline: [{ at: 0, run: { repository: "acme/web", workflow: "ci", jobs: [{ name: "build", labels: ["e2b"] }] } }]
}

type Document = Readonly<Record<string, unknown>>

const problems = (document: Document | string): ReadonlyArray<string> => {
  try {
    readScenario("file.yaml", typeof document === "string" ? document : JSON.stringify(document))
    return []
  } catch (failure) {
    if (!(failure instanceof ScenarioError)) throw failure
    return failure.message.split("\n")
  }
}

const withEntry = (entry: Document): Document => ({ ...good, timeline: [...good.timeline, entry] })

describe("a scenario file", () => {
  it("that makes sense is accepted", () => {
    assert.deepStrictEqual(problems(good), [])
  })

  const wrong: ReadonlyArray<readonly [what: string, document: Document | string, ...lines: ReadonlyArray<string>]> = [
    ["no YAML", "name: [", "file.yaml: is not valid YAML: "],
    ["nothing in it", "", "file.yaml: expected a mapping with name"],
    ["an unknown key", { ...good, templtes: [] }, "templtes: unknown key templtes; did you mean templates?"],
    [
      "an unknown key deep inside",
      withEntry({ at: 1, e2bFaults: [{ operation: "sandbox.create", answer: { statuss: 500 } }] }),
      "timeline[1].e2bFaults[0].answer.statuss: unknown key statuss; did you mean status?"
    ],
    ["a missing key", { ...good, templates: undefined }, "templates: is missing"],
    ["a wrong type", { ...good, seed: "many" }, "seed: expected a whole number"],
    [
      "a share above 1",
      withEntry({ at: 1, e2bStorm: { seed: 1, share: 2 } }),
      "timeline[1].e2bStorm.share: expected a share from 0 to 1"
    ],
    [
      "an unknown plan",
      { ...good, plan: "enterprise" },
      "plan: expected hobby or pro or generous or a mapping with maxConcurrent"
    ],
    [
      "an unknown operation",
      withEntry({ at: 1, e2bFaults: [{ operation: "sandbox.creat", answer: "reset" }] }),
      "timeline[1].e2bFaults[0].operation: unknown operation sandbox.creat; did you mean sandbox.create?"
    ],
    [
      "an unknown failure",
      withEntry({ at: 1, githubFaults: [{ operation: "*", answer: { failure: "gone" } }] }),
      "timeline[1].githubFaults[0]: answer.failure: expected one of "
    ],
    [
      "a fault that does nothing",
      withEntry({ at: 1, e2bFaults: [{ operation: "*" }] }),
      "timeline[1].e2bFaults[0]: a fault needs "
    ],
    [
      "an unknown repository",
      { ...good, timeline: [{ at: 0, run: { ...good.timeline[0]?.run, repository: "acme/wb" } }] },
      "timeline[0].run.repository: unknown repository acme/wb; did you mean acme/web?"
    ],
    [
      "an unknown template",
      { ...good, specs: [{ ...good.specs[0], template_id: "smal" }] },
      "specs[0].template_id: unknown template smal; did you mean small?"
    ],
    [
      "an unknown spec of a group",
      { ...good, groups: [{ name: "all", spec_names: ["smal"] }] },
      "groups[0].spec_names[0]: unknown spec smal; did you mean small?"
    ],
    [
      "an unknown group of a policy",
      {
        ...good,
        groups: [{ name: "heavy" }],
        policies: [{ repository_full_name: "acme/*", runner_group_name: "havy" }]
      },
      "policies[0].runner_group_name: unknown group havy; did you mean heavy?"
    ],
    [
      "a policy that grants nothing",
      { ...good, policies: [{ repository_full_name: "acme/*" }] },
      "policies[0]: expected either runner_spec_name or runner_group_name"
    ],
    [
      "an unknown need",
      {
        ...good,
        timeline: [
          { at: 0, run: { repository: "acme/web", workflow: "ci", jobs: [{ name: "a", labels: [], needs: ["b"] }] } }
        ]
      },
      "timeline[0].run.jobs[0].needs[0]: unknown job b; "
    ],
    [
      "an unknown job",
      withEntry({ at: 1, approve: "acme/web bild" }),
      "timeline[1].approve: unknown job acme/web bild; did you mean acme/web build?"
    ],
    [
      "an entry that does two things",
      withEntry({ at: 1, approve: "acme/web build", redeliver: "all" }),
      "timeline[1]: does 2 things (approve, redeliver); "
    ],
    ["an entry that does nothing", withEntry({ at: 1 }), "timeline[1]: does nothing; "],
    ["an entry without a time", withEntry({ redeliver: "all" }), "timeline[1]: says no time; expected at or when"],
    [
      "an end for what has none",
      withEntry({ at: 1, forMs: 5, redeliver: "all" }),
      "timeline[1].forMs: has no end of its own; "
    ],
    [
      "a delay without its length",
      withEntry({ at: 1, webhookFaults: [{ kind: "delay" }] }),
      "timeline[1].webhookFaults[0].delayMs: a delay needs it"
    ],
    [
      "two jobs of one name",
      {
        ...good,
        timeline: [
          {
            at: 0,
            run: {
              repository: "acme/web",
              workflow: "ci",
              jobs: [
                { name: "a", labels: [] },
                { name: "a", labels: [] }
              ]
            }
          }
        ]
      },
      "timeline[0].run.jobs[1].name: two jobs are called a"
    ],
    [
      "two problems at once",
      { ...good, sede: 1, templates: 5 },
      "templates: expected a list",
      "sede: unknown key sede; did you mean seed?"
    ]
  ]
  for (const [what, document, ...lines] of wrong) {
    it(`with ${what} is refused with its place and what to write instead`, () => {
      const found = problems(document)
      assert.lengthOf(found, lines.length, found.join("\n"))
      for (const line of lines)
        assert.isTrue(
          found.some((each) => each.startsWith(line)),
          found.join("\n")
        )
    })
  }

  it("that does not exist is refused", async () => {
    const failure = await loadScenario("nowhere.yaml").then(
      () => null,
      (error: unknown) => error
    )
    assert.instanceOf(failure, ScenarioError)
    assert.include(failure.message, "nowhere.yaml: cannot be read")
  })

  it("makes one job of each value of a matrix, or of each number", () => {
    const run = (matrix: number | ReadonlyArray<string>) =>
      runDefinition({
        repository: "acme/web",
        workflow: "ci",
        jobs: [{ name: "test", labels: [], matrix, steps: [{ run: "echo ${{ matrix }}" }] }]
      }).jobs.map(({ name, key, steps }) => [name, key, steps?.[0]?.run])
    assert.deepStrictEqual(run(["a", "b"]), [
      ["test (a)", "test", "echo a"],
      ["test (b)", "test", "echo b"]
    ])
    assert.deepStrictEqual(
      run(2).map(([name]) => name),
      ["test (1)", "test (2)"]
    )
  })

  it("may name every operation of the simulated GitHub and no other", async () => {
    const github = await startGitHubSimulator({ app: { id: 1, webhookSecret: "secret" }, installations: [] })
    const known = github.faults.operations().filter((name) => !name.includes(" "))
    await github.close()
    assert.deepStrictEqual([...operations].toSorted(), [...known].toSorted())
  })

  for (const file of readdirSync("scenarios")) {
    it(`that comes with runnerd is accepted: ${file}`, async () => {
      const scenario = await loadScenario(`scenarios/${file}`)
      assert.strictEqual(`${scenario.name}.yaml`, file)
    })
  }
})
