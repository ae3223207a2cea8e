import { everyBackend } from "../../support/StoreBackends.ts"
import { runnerVersionContract } from "../../support/StoreContractRunnerVersions.ts"

for (const backend of everyBackend) runnerVersionContract(backend)
