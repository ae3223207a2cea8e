// What has been broken in templates, builds and tags.
import { mutationsOf } from "../Mutation.ts"
import type { Mutation } from "../Mutation.ts"

const catalog = mutationsOf("src/simulator/e2b/TemplateCatalog.ts")
const builds = mutationsOf("src/simulator/e2b/TemplateBuilds.ts")
const routes = mutationsOf("src/simulator/e2b/TemplateRoutes.ts")
const simulator = mutationsOf("src/simulator/e2b/E2BSimulator.ts")

export const templates: ReadonlyArray<Mutation> = [
  catalog(
    "an id finds no template",
    "for (const name of [template.templateID, ...aliases])",
    "for (const name of aliases)",
    "a template is found by alias and by id"
  ),
  catalog(
    "an id is an alias",
    "template === undefined || !template.aliases.includes(alias)",
    "template === undefined",
    "exists is true for each alias"
  ),
  routes(
    "every build is ready",
    "\n  status: build.status,",
    '\n  status: "ready",',
    "a template says whether a build of it is usable"
  ),
  catalog(
    "every build is usable",
    ' && each.build.status === "ready"',
    "",
    "a template without a usable build",
    "leaves the tag with the build before it",
    "from a base that does not exist"
  ),
  catalog(
    "a deleted template is still found",
    "this.#byName.delete(name)",
    "void name",
    "a template that is deleted is unknown"
  ),
  builds(
    "ENV steps take no effect",
    "envs: { ...build.contents.envs, ...step.envs } }",
    "envs: build.contents.envs }",
    "walks its steps",
    "choose a build, by name and tag"
  ),
  builds(
    "everything is uploaded again",
    "    if (this.#uploaded.has(`${id}/${hash}`)) return { present: true }\n",
    "",
    "uploads what it copies, and only once"
  ),
  simulator(
    "an upload may have any length",
    "        if (length === undefined || Number(length) !== body.length) return { status: 411 }\n",
    "",
    "is not given an upload whose length"
  ),
  simulator(
    "no fault meets an upload",
    'serve(misbehaving, "template.upload",',
    'serve(misbehaving, "template.files",',
    "whose upload fails is an error of the upload"
  ),
  builds(
    "a failed build gives no reason",
    "        build.reason = { message: problem, step: step.name }\n",
    "",
    "that fails at a step says which"
  ),
  builds(
    "a missing base is no problem",
    "stepsOf(spec), base === undefined)",
    "stepsOf(spec), false)",
    "from a base that does not exist fails"
  ),
  builds(
    "the log is always whole",
    "build.log.slice(offset, offset + limit)",
    "build.log.slice(0, limit)",
    "in the background is waiting"
  ),
  builds("a build may have any size", " || cpuCount > maxCpuCount", "", "is refused with 400 for a size"),
  builds(
    "a build can be started twice",
    "if (build.started) throw",
    'if (build.status === "error") throw',
    "may not be started twice"
  ),
  catalog(
    "tags stay for ever",
    "template.assignments.filter(({ tag }) => !tags.includes(tag))",
    "template.assignments",
    "choose a build, by name and tag"
  ),
  builds(
    "another team's name can be taken",
    "    if (template.foreign) throw new ControlFailure(403, `alias '${name}' is used by another team`)\n",
    "",
    "is known by name, and nothing can be made from it"
  ),
  builds("a step may take less than no time", " || !(stepMs >= 0)", "", "refuses plans that make no sense")
]
