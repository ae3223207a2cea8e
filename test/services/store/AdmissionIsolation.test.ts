import { everyBackend } from "../../support/StoreBackends.ts"
import { admissionContract } from "../../support/StoreContractAdmission.ts"

for (const backend of everyBackend) admissionContract(backend)
