// A port of the loopback that nobody listens on, for what must have the same address when it comes back.
import { type AddressInfo, createServer } from "node:net"

export const freePort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return port
}
