import { useQuery } from "@tanstack/react-query";
import { type ClassFigures, classFiguresQuery, type Dataset } from "../api/queries";
import { say } from "../strings";
import { Await } from "../ui/basics";
import { Legend } from "../ui/Columns";
import { classesOf } from "./document";

const PARTS = ["accepted", "rejected", "held"] as const;

/** How many images each class has, by what became of them; a class filters the images. */
export function ClassBalance({
  dataset,
  chosen,
  choose,
}: {
  dataset: Dataset;
  chosen: number | undefined;
  choose: (label: number | undefined) => void;
}) {
  const figures = useQuery(classFiguresQuery(dataset.id));
  return (
    <section className="stack">
      <h2>{say.dataset.balance}</h2>
      <Await query={figures}>
        {(classes) => <Bars names={classesOf(dataset)} classes={classes} chosen={chosen} choose={choose} />}
      </Await>
    </section>
  );
}

function Bars({
  names,
  classes,
  chosen,
  choose,
}: {
  names: readonly string[];
  classes: readonly ClassFigures[];
  chosen: number | undefined;
  choose: (label: number | undefined) => void;
}) {
  const known = new Map(classes.map((one) => [one.label, one]));
  const most = Math.max(1, ...classes.map(total));
  return (
    <>
      <Legend parts={PARTS.map((part) => say.dataset.statuses[part])} />
      <ul className="bars" aria-label={say.dataset.balance}>
        {names.map((name, label) => {
          const one = known.get(label);
          return (
            <li key={name}>
              <button
                type="button"
                aria-pressed={chosen === label}
                onClick={() => choose(chosen === label ? undefined : label)}
              >
                <span className="caption">{name}</span>
                <span className="bar" aria-hidden="true">
                  {PARTS.map((part, number) => (
                    <span
                      key={part}
                      className={`part-${number}`}
                      style={{ width: `${(100 * (one?.[part] ?? 0)) / most}%` }}
                    />
                  ))}
                </span>
                <span className="number">{say.dataset.ofDecided(one?.accepted ?? 0, one ? total(one) : 0)}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </>
  );
}

function total(one: ClassFigures): number {
  return PARTS.reduce((all, part) => all + one[part], 0);
}
