import { everyBackend } from "../../support/StoreBackends.ts"
import { plansContract } from "../../support/StoreContractPlans.ts"

for (const backend of everyBackend) plansContract(backend)
