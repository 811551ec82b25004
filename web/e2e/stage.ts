import { type Hex, keccak256, stringToHex } from "viem";

/** Where the server of these tests listens; others where several people test on one machine. */
export const PORT = Number(process.env.SEBRUS_E2E_PORT ?? 18_080);
export const CHAIN_PORT = Number(process.env.SEBRUS_E2E_CHAIN_PORT ?? 18_545);
export const SERVER = `http://127.0.0.1:${PORT}`;
export const NODE = `http://127.0.0.1:${CHAIN_PORT}`;

/** The keys of all who stake for reviewing: whoever is drawn, the tests know the key. */
export const REVIEWER_KEYS: readonly Hex[] = Array.from({ length: 6 }, (_, number) =>
  keccak256(stringToHex(`a reviewer of the browser tests, number ${number}`)),
);

/** What a server of these tests is told: where it keeps what it knows, its ports, and that all its people have one address. */
export function environment(home: string, port: number, chainPort: number): Record<string, string> {
  return {
    SEBRUS_HOME: home,
    SEBRUS_PORT: String(port),
    SEBRUS_CHAIN_PORT: String(chainPort),
    SEBRUS_READS_PER_MINUTE: "0",
    SEBRUS_ACTS_PER_MINUTE: "0",
    OMP_NUM_THREADS: "1",
  };
}

/** Where requests of this module go: the server of all tests, until a test raises its own. */
export const place = { server: SERVER, node: NODE };

/** A request to the embedded chain. */
export async function rpc(method: string, ...params: unknown[]): Promise<unknown> {
  const response = await fetch(place.node, {
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
  return (await (await fetch(`${place.server}/api/v1${path}`)).json()) as T;
}

/** What the server answers to what is handed in. */
export async function handIn<T>(path: string, body: unknown): Promise<T> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${place.server}/api/v1${path}`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** Lets so many blocks pass, and waits until the server has read them. */
export async function mine(blocks: number): Promise<void> {
  await rpc("anvil_mine", `0x${blocks.toString(16)}`);
  await caughtUp();
}

/** Lets so many seconds pass on chain, and waits until the server has read them. */
export async function pass(seconds: number): Promise<void> {
  await rpc("evm_increaseTime", seconds);
  await mine(1);
}

/** Asks again until there is an answer. */
export async function until<T>(ask: () => Promise<T | null | undefined | false>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function caughtUp(): Promise<void> {
  const head = Number(await rpc("eth_blockNumber"));
  await until(async () => (await api<{ indexed_block: number }>("/chain")).indexed_block >= head);
}
