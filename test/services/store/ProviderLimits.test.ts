import { everyBackend } from "../../support/StoreBackends.ts"
import { limitsContract } from "../../support/StoreContractLimits.ts"

for (const backend of everyBackend) limitsContract(backend)
