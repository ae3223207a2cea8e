import { seedSuite } from "./SeedSuite.ts"

seedSuite(51, 50)
