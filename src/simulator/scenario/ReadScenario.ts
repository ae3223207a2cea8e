// From the text of a scenario file to a scenario that can be played, or everything that is wrong with it.
//
// Answers for: YAML, the shape, the rules. Gotcha: Effect's parser keeps no lines for values, so problems carry key paths;
// for errors of syntax it names the line.
import { readFile } from "node:fs/promises"
import * as Yaml from "effect/encoding/Yaml"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { Scenario } from "./Scenario.ts"
import { problemsOf, ScenarioError } from "./ScenarioProblems.ts"
import { ruleProblems } from "./ScenarioRules.ts"

const decode = Schema.decodeUnknownResult(Scenario, { errors: "all", onExcessProperty: "error" })

const parsed = (file: string, text: string): unknown => {
  try {
    return Yaml.parse(text)
  } catch (failure) {
    const message = `is not valid YAML: ${failure instanceof Error ? failure.message : String(failure)}`
    throw new ScenarioError({ file, problems: [{ path: "", message }] })
  }
}

/** Throws ScenarioError. `file`: its name, for messages. */
export const readScenario = (file: string, text: string): Scenario => {
  const decoded = decode(parsed(file, text))
  if (Result.isFailure(decoded)) throw new ScenarioError({ file, problems: problemsOf(decoded.failure.issue) })
  const problems = ruleProblems(decoded.success)
  if (problems.length > 0) throw new ScenarioError({ file, problems })
  return decoded.success
}

/** Throws ScenarioError, also when there is no such file. */
export const loadScenario = async (file: string): Promise<Scenario> => {
  const text = await readFile(file, "utf8").catch(() => {
    const message = "cannot be read; expected a scenario file, such as those in the folder scenarios"
    throw new ScenarioError({ file, problems: [{ path: "", message }] })
  })
  return readScenario(file, text)
}
