import { unpackBits } from "../protocol/bitmap";
import { hasSeat } from "../protocol/status";
import { askedItems } from "../protocol/tally";
import type { ProofLine } from "./contents";
import type { Replay, Round } from "./replay";

/** Where the items of one batch come from: the rounds they went through, their flags, the votes of the last that decided. */
export class Origins {
  readonly #flags: readonly boolean[];
  readonly #rounds: number[][];
  readonly #votes: [number, number][];

  constructor(replay: Replay) {
    const { itemCount } = replay;
    const flags = replay.decision?.flags ?? [];
    this.#flags = flags.length > 0 ? unpackBits(flags, itemCount) : [];
    this.#rounds = Array.from({ length: itemCount }, () => []);
    this.#votes = Array.from({ length: itemCount }, () => [0, 0]);
    for (const round of replay.concluded) {
      const items = askedItems(round.question, itemCount);
      for (const item of items) this.#rounds[item]?.push(round.number);
      if (round.conclusive) this.#count(round, items);
    }
  }

  /** Whether a line of proofs.jsonl tells of its item's rounds, flag and votes. */
  tells({ index, rounds, flagged, votes }: ProofLine): boolean {
    const [accepting, rejecting] = this.#votes[index] ?? [];
    const counted = votes[0] === accepting && votes[1] === rejecting;
    return counted && flagged === (this.#flags[index] ?? false) && rounds.join() === this.#rounds[index]?.join();
  }

  #count(round: Round, items: readonly number[]): void {
    const { positions, opening } = round;
    const counted = round.concluded?.args.counted ?? 0;
    const gold = opening ? unpackBits(opening.gold, positions) : [];
    const places = Array.from({ length: positions }, (_, place) => place).filter((place) => !gold[place]);
    const said = [...round.verdicts].flatMap(([seat, words]) =>
      hasSeat(counted, seat) ? [unpackBits(words, positions)] : [],
    );
    items.forEach((item, at) => {
      const accepting = said.filter((verdicts) => verdicts[places[at] ?? -1]).length;
      this.#votes[item] = [accepting, said.length - accepting];
    });
  }
}
