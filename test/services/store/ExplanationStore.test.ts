import { everyBackend } from "../../support/StoreBackends.ts"
import { explanationContract } from "../../support/StoreContractExplanation.ts"

for (const backend of everyBackend) explanationContract(backend)
