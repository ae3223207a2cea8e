import { everyBackend } from "../../support/StoreBackends.ts"
import { metricsContract } from "../../support/StoreContractMetrics.ts"

for (const backend of everyBackend) metricsContract(backend)
