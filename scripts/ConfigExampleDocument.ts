// runnerd.yaml.example: every key with its comment and its default, made from the code.
//
// `npm run docs` writes it; test/services/config/ConfigSchema.test.ts fails when it is out of date.
import { writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { everyKey } from "../src/services/config/CommentedYaml.ts"

const head = `# yaml-language-server: $schema=./runnerd.schema.json
#
# The configuration of runnerd. Copy it, fill in what is blank, and check it:
#
#     cp runnerd.yaml.example runnerd.yaml
#     runnerd check-config
#
# - This file is all there is: environment variables configure nothing (the standard OTEL_* variables excepted).
# - A value shown here is the default, unless its comment says "required". A key may be left out or left blank.
# - A line that starts with #name: is an alternative or an extra; take the # away to use it.
# - An unknown key, a wrong type or a combination that cannot work stops the start, and everything is reported at once.
# - Relative paths start at the folder of this file.
# - Each secret can be given in place, or as the path of a file that holds nothing else (..._file), but not both.
#   Line breaks at the end of such a file are ignored.
# - Limits are 1 or more. Where there may be none at all, the word is: unlimited.
# - Runner specs, groups and repository policies are not in this file; they are made through the API or the console.
# - The first line is for editors, which know every key by it; runnerd.schema.json stays beside this file, or say where it is.
`

export const exampleDocument = (): string => `${head}${everyKey()}`

const file = fileURLToPath(new URL("../runnerd.yaml.example", import.meta.url))

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(file, exampleDocument())
