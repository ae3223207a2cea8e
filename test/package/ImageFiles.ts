// What the Dockerfile and .dockerignore say, for the tests that hold them to what is there.
import { DockerfileParser } from "dockerfile-ast"

const instructions = (dockerfile: string, keyword: string) =>
  DockerfileParser.parse(dockerfile)
    .getInstructions()
    .filter((instruction) => instruction.getKeyword() === keyword)

/** An instruction of the last stage in its exec form: the words of the command. */
export const execForm = (dockerfile: string, keyword: string): ReadonlyArray<string> => {
  const text = instructions(dockerfile, keyword).at(-1)?.getArgumentsContent() ?? ""
  return JSON.parse(text.slice(text.indexOf("["))) as ReadonlyArray<string>
}

/** The command of HEALTHCHECK. */
export const healthCheck = (dockerfile: string): ReadonlyArray<string> => execForm(dockerfile, "HEALTHCHECK")

/** The single argument of an instruction, as its last occurrence has it. */
export const last = (dockerfile: string, keyword: string): string | undefined =>
  instructions(dockerfile, keyword).at(-1)?.getArguments()[0]?.getValue()

/** What is copied from the checkout. */
export const copied = (dockerfile: string): ReadonlyArray<string> =>
  DockerfileParser.parse(dockerfile)
    .getCOPYs()
    .filter((copy) => copy.getFlags().every((flag) => flag.getName() !== "from"))
    .flatMap((copy) =>
      copy
        .getArguments()
        .slice(0, -1)
        .map((argument) => argument.getValue())
    )

/** What .dockerignore lets through, when it begins by refusing everything. */
export const letThrough = (dockerignore: string): ReadonlyArray<string> =>
  dockerignore.split("\n").flatMap((line) => (line.startsWith("!") ? line.slice(1) : []))
