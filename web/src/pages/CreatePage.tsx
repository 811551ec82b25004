import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useId, useState } from "react";
import { follow } from "../activity/activity";
import { get, Refused, type Schemas } from "../api/http";
import { chainQuery, policyQuery } from "../api/queries";
import { costOfAnImage, createDataset } from "../dataset/creating";
import { Seed } from "../dataset/Seed";
import { RULES, type Rule, readRule, UNITS, written } from "../dataset/tradeoffs";
import { ether, gweiOf } from "../money/amounts";
import type { Policy } from "../protocol/identity";
import type { LabelledDigest } from "../protocol/merkle";
import { say } from "../strings";
import { Action, Await } from "../ui/basics";
import { useWallet } from "../wallet/store";
import { SignInHere } from "../wallet/WalletMenu";

const route = getRouteApi("/datasets/new");
const INDEX_PATIENCE_SECONDS = 60;

/** A new dataset: what it is about, its rules as trade-offs, what it costs, one transaction. */
export function CreatePage() {
  const chain = useQuery(chainQuery);
  const advised = useQuery(policyQuery);
  return (
    <>
      <h1>{say.create.title}</h1>
      <Await query={chain}>
        {(known) => <Await query={advised}>{({ policy }) => <Form chain={known} advised={policy as Policy} />}</Await>}
      </Await>
    </>
  );
}

function Form({ chain, advised }: { chain: Schemas["ChainOut"]; advised: Policy }) {
  const { wallet } = useWallet();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [classText, setClassText] = useState("");
  const [policy, setPolicy] = useState(advised);
  const [bounty, setBounty] = useState("");
  const [seed, setSeed] = useState<readonly LabelledDigest[]>([]);
  const [wrong, setWrong] = useState<ReadonlySet<string>>(new Set());
  const classes = classText.split(/[\n,]/).flatMap((part) => (part.trim() ? [part.trim()] : []));
  const bountyGwei = gweiOf(bounty);
  const problem = problemOf(name, classes, bountyGwei, wrong);
  const navigate = route.useNavigate();
  const queries = useQueryClient();
  const set = (rule: Rule, text: string) => {
    const value = readRule(rule, text);
    setWrong((now) => new Set([...now].filter((one) => one !== rule.name).concat(value === null ? [rule.name] : [])));
    if (value !== null) setPolicy((now) => ({ ...now, [rule.field]: value }));
  };
  const create = async () => {
    if (!wallet || problem || bountyGwei === null) throw new Error(problem ?? say.wallet.title);
    const wanted = { name: name.trim(), description: description.trim(), classes, seed, policy, bountyGwei };
    const id = await follow(`${say.create.title}: ${name}`, "/datasets", async () => {
      const made = await createDataset(wallet, chain, wanted);
      await appears(made);
      return made;
    });
    await queries.invalidateQueries({ queryKey: ["datasets"] });
    await navigate({ to: "/datasets/$datasetId", params: { datasetId: id } });
  };
  return (
    <>
      <section className="stack">
        <Text label={say.create.name} value={name} change={setName} />
        <Text label={say.create.description} value={description} change={setDescription} lines={3} />
        <Text label={say.create.classes} value={classText} change={setClassText} lines={3} />
      </section>
      {RULES.map(({ about, rules }) => (
        <section key={about} className="stack">
          <h2>{about}</h2>
          <div className="cards">
            {rules.map((rule) => (
              <RuleField
                key={rule.field}
                rule={rule}
                value={advised[rule.field]}
                bad={wrong.has(rule.name)}
                change={(text) => set(rule, text)}
              />
            ))}
          </div>
        </section>
      ))}
      <section className="stack">
        <h2>{say.create.seed}</h2>
        <p className="quiet">{say.create.seedHint}</p>
        {classes.length >= 2 ? (
          <Seed classes={classes} change={setSeed} />
        ) : (
          <p className="note">{say.create.classesFirst}</p>
        )}
      </section>
      <section className="stack">
        <h2>{say.datasets.bounty}</h2>
        <Text label={say.create.bounty} value={bounty} change={setBounty} />
        <p className="note">
          {say.create.cost(
            ether(costOfAnImage(policy)),
            bountyGwei === null ? null : Math.floor(bountyGwei / costOfAnImage(policy)),
          )}
        </p>
        {problem && <p className="quiet">{problem}</p>}
        {wallet ? (
          <Action act={create} disabled={problem !== null}>
            {say.create.sign}
          </Action>
        ) : (
          <SignInHere />
        )}
      </section>
    </>
  );
}

function RuleField({
  rule,
  value,
  bad,
  change,
}: {
  rule: Rule;
  value: number;
  bad: boolean;
  change: (text: string) => void;
}) {
  const id = useId();
  return (
    <div className="card">
      <label htmlFor={id}>
        {rule.name} {UNITS[rule.unit] && <span className="quiet">({UNITS[rule.unit]})</span>}
      </label>
      <input
        id={id}
        inputMode="decimal"
        defaultValue={written(rule, value)}
        aria-invalid={bad}
        aria-describedby={`${id}-about`}
        onChange={({ target }) => change(target.value)}
      />
      <p id={`${id}-about`} className="quiet">
        {rule.tradeoff}
      </p>
    </div>
  );
}

function Text({
  label,
  value,
  change,
  lines,
}: {
  label: string;
  value: string;
  change: (text: string) => void;
  lines?: number;
}) {
  const id = useId();
  const field = { id, value, onChange: ({ target }: { target: { value: string } }) => change(target.value) };
  return (
    <div className="field" style={{ maxWidth: "50rem" }}>
      <label htmlFor={id}>{label}</label>
      {lines ? <textarea rows={lines} {...field} /> : <input {...field} />}
    </div>
  );
}

function problemOf(
  name: string,
  classes: readonly string[],
  bounty: number | null,
  wrong: ReadonlySet<string>,
): string | null {
  if (name.trim() === "") return say.create.problems.name;
  if (classes.length < 2 || new Set(classes).size !== classes.length) return say.create.problems.classes;
  if (wrong.size > 0) return say.create.problems.rule([...wrong].join(", "));
  return bounty === null || bounty === 0 ? say.create.problems.bounty : null;
}

/** Waits until the server has read the new dataset from the chain. */
async function appears(id: string): Promise<void> {
  for (let tries = 0; tries < INDEX_PATIENCE_SECONDS; tries++) {
    try {
      await get(`/datasets/${id}`);
      return;
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 404) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  throw new Error(say.create.problems.slow);
}
