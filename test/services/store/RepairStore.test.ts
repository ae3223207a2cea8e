import { everyBackend } from "../../support/StoreBackends.ts"
import { repairContract } from "../../support/StoreContractRepair.ts"

for (const backend of everyBackend) repairContract(backend)
