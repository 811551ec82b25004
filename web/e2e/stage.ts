/** Where the server of these tests listens; others where several people test on one machine. */
export const PORT = Number(process.env.SEBRUS_E2E_PORT ?? 18_080);
export const CHAIN_PORT = Number(process.env.SEBRUS_E2E_CHAIN_PORT ?? 18_545);
export const SERVER = `http://127.0.0.1:${PORT}`;
export const NODE = `http://127.0.0.1:${CHAIN_PORT}`;

/** A request to the embedded chain. */
export async function rpc(method: string, ...params: unknown[]): Promise<unknown> {
  const response = await fetch(NODE, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  const { result, error } = (await response.json()) as { result?: unknown; error?: { message: string } };
  if (error) throw new Error(error.message);
  return result;
}

/** What the server answers. */
export async function api<T>(path: string): Promise<T> {
  return (await (await fetch(`${SERVER}/api/v1${path}`)).json()) as T;
}

/** Lets so many blocks pass, and waits until the server has read them. */
export async function mine(blocks: number): Promise<void> {
  await rpc("anvil_mine", `0x${blocks.toString(16)}`);
  const head = Number(await rpc("eth_blockNumber"));
  while ((await api<{ indexed_block: number }>("/chain")).indexed_block < head) {
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
