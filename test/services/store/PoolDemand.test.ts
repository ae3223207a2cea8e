import { everyBackend } from "../../support/StoreBackends.ts"
import { demandContract } from "../../support/StoreContractDemand.ts"

for (const backend of everyBackend) demandContract(backend)
