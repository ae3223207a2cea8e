import { sqliteInFile, sqliteInMemory } from "../../support/StoreBackends.ts"
import { restContract } from "../../support/StoreContractRest.ts"

restContract(sqliteInMemory)
restContract(sqliteInFile)
