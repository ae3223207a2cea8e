import { everyBackend, sqliteInMemory } from "../../support/StoreBackends.ts"
import { fairnessContract } from "../../support/StoreContractFairness.ts"

for (const backend of everyBackend) fairnessContract(backend, backend === sqliteInMemory ? 60 : 5)
