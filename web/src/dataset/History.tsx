import { useQuery } from "@tanstack/react-query";
import { type Dataset, historyQuery, type Span } from "../api/queries";
import { say } from "../strings";
import { Await, Empty } from "../ui/basics";
import { Columns } from "../ui/Columns";
import type { FilterChange, GalleryFilter } from "./filter";

const SPANS = 40;
const DAY = 86_400;

/** Acceptance over time; a span filters the images. */
export function History({
  dataset,
  filter,
  choose,
}: {
  dataset: Dataset;
  filter: GalleryFilter;
  choose: (change: FilterChange) => void;
}) {
  const history = useQuery(historyQuery(dataset.id, SPANS));
  return (
    <section className="stack">
      <h2>{say.dataset.history}</h2>
      <Await query={history}>
        {(spans) =>
          spans.length === 0 ? (
            <Empty>{say.empty.history}</Empty>
          ) : (
            <Columns
              label={say.dataset.history}
              parts={[say.dataset.accepted, say.dataset.rejected]}
              columns={columnsOf(spans)}
              chosen={filter.from === undefined ? undefined : `${filter.from}-${filter.to}`}
              choose={(key) => {
                const [from, to] = key?.split("-").map(Number) ?? [];
                choose({ from, to });
              }}
            />
          )
        }
      </Await>
    </section>
  );
}

/** The spans as columns, each where its blocks are: all spans but the last have equally many. */
export function columnsOf(spans: readonly Span[]) {
  const [first] = spans;
  if (!first) return [];
  const width = first.last_block - first.first_block + 1;
  const when = moments(spans);
  return spans.map((span) => ({
    key: `${span.first_block}-${span.last_block}`,
    name: when(span),
    place: Math.round((span.first_block - first.first_block) / width),
    parts: [span.accepted, span.items - span.accepted],
  }));
}

/** How the end of a span is said: by day, or by the minute where all is within some days; by block without a time. */
function moments(spans: readonly Span[]): (span: Span) => string {
  const times = spans.flatMap(({ time }) => (time === null ? [] : [time]));
  const short = Math.max(...times) - Math.min(...times) < 3 * DAY;
  const format = new Intl.DateTimeFormat(
    undefined,
    short ? { dateStyle: "short", timeStyle: "short" } : { dateStyle: "medium" },
  );
  return ({ time, last_block }) =>
    time === null ? say.dataset.block(last_block) : format.format(new Date(time * 1000));
}
