// The configuration as a service.
//
// Answers for: handing the checked configuration to every layer. Not for the shape (RunnerdConfig.ts).
import * as Context from "effect/Context"
import type { RunnerdConfig } from "./RunnerdConfig.ts"

export class Config extends Context.Service<Config, RunnerdConfig>()("runnerd/services/config/Config") {}
