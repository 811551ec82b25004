import { parseAbi } from "viem";
import { decided, type Evidence } from "./evidence";
import { BadInput, need } from "./failure";
import { Ledger } from "./ledger";

const AT_ONCE = 8; // questions that wait for their answers at the same time
const UNOPENED = 2 ** 16; // where the contract's counter of unopened screenings turns over

const VIEWS = parseAbi([
  "struct Account { uint64 free; uint64 stake; uint64 locked; uint32 index; uint32 nonce; bool payout; uint32 goldSeen; uint32 goldRight; uint32 itemsSeen; uint32 itemsCoherent; }",
  "struct Detector { uint48 items; uint40 flagged; uint40 upheld; uint40 missed; uint16 unopened; }",
  "function minStake() view returns (uint64)",
  "function accountOf(address account) view returns (Account)",
  "function bountyOf(bytes32 datasetId) view returns (uint64)",
  "function detectorRecordOf(bytes32 datasetId) view returns (Detector)",
]);

interface Told {
  readonly free: bigint;
  readonly stake: bigint;
  readonly locked: bigint;
  readonly index: number;
  readonly goldSeen: number;
  readonly goldRight: number;
  readonly itemsSeen: number;
  readonly itemsCoherent: number;
}

/** Step accounts: whoever ever staked, contributed or appealed has what the events give; so has the dataset. */
export async function verifyAccounts(evidence: Evidence): Promise<string> {
  const { manifest, rpc, history, progress } = evidence;
  const minStake = (await rpc.read(manifest.contract, VIEWS, "minStake", [])) as bigint;
  const ledger = new Ledger(history, minStake);
  evidence.ledger = ledger;
  const concerned = concernedBy(evidence);
  for (let done = 0; done < concerned.length; done += AT_ONCE) {
    const some = concerned.slice(done, done + AT_ONCE);
    const told = await Promise.all(some.map((account) => read(evidence, "accountOf", account)));
    some.forEach((account, at) => {
      checkAccount(ledger, account, told[at] as Told);
    });
    progress(done + some.length, concerned.length);
  }
  await checkDataset(evidence, ledger);
  return `${concerned.length} accounts, the detector's record and the bounty are those of the contract`;
}

function concernedBy(evidence: Evidence): string[] {
  const { history, batches } = evidence;
  const staked = history.events.flatMap((event) => (event.name === "Staked" ? [event.args.reviewer] : []));
  const senders = batches.map((batch) => batch.key.contributor);
  const appellants = decided(evidence).flatMap(({ replay }) =>
    replay.appealed.map(({ event }) => event.args.appellant),
  );
  return [...new Set<string>([...staked, ...senders, ...appellants])].sort();
}

/** What the contract keeps, at the block up to which the events were read. */
async function read({ manifest, rpc, history }: Evidence, view: string, argument: string): Promise<unknown> {
  const told = await rpc.read(manifest.contract, VIEWS, view, [argument], history.head);
  if (told === null) throw new BadInput(`The node refuses ${view} at block ${history.head}.`);
  return told;
}

function checkAccount(ledger: Ledger, account: string, told: Told): void {
  const { free, stake, locked, record } = ledger.account(account);
  const money = told.free === free && told.stake === stake && told.locked === locked;
  need(money, `${account} has other amounts than the events give`);
  const place = ledger.weights.placeOf(account);
  need(told.index === (place ?? -1) + 1, `${account} holds another place in the stake tree`);
  const counted =
    told.goldSeen === record.goldSeen &&
    told.goldRight === record.goldRight &&
    told.itemsSeen === record.itemsSeen &&
    told.itemsCoherent === record.itemsCoherent;
  need(counted, `${account} has another record as a reviewer than the events give`);
}

async function checkDataset(evidence: Evidence, ledger: Ledger): Promise<void> {
  const { datasetId } = evidence.manifest;
  const bounty = await read(evidence, "bountyOf", datasetId);
  const known = evidence.history.bounties.afterAll(datasetId);
  need(bounty === known, "the dataset has another bounty than the events give");
  const told = (await read(evidence, "detectorRecordOf", datasetId)) as Record<string, number>;
  const record = ledger.detector(datasetId);
  const expected = { ...record, unopened: record.unopened % UNOPENED };
  const same = Object.entries(expected).every(([name, value]) => told[name] === value);
  need(same, "the detector has another record than the events give");
}
