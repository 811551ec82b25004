import {
  type Dispatch,
  type KeyboardEvent,
  type SetStateAction,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from "react";
import { imageUrl } from "../api/http";
import type { Task } from "../api/queries";
import { say } from "../strings";
import { Action, Dialog } from "../ui/basics";
import { PictureGrid, type Tile } from "../ui/PictureGrid";
import { moved, ROWS_OF_A_PAGE, useSelection } from "../ui/selection";
import { bindings, type CommandId, pressed } from "./commands";
import { type Counts, counts, type Draft, judged, nextOpen, openPositions, redone, undone } from "./draft";
import { KeySheet } from "./KeySheet";
import { Keeper, keptDraft, onKeptDraft } from "./keeping";

export interface TaskGridProps {
  /** What names the seat: its draft is kept under it. */
  readonly name: string;
  readonly task: Task;
  readonly classes: readonly string[];
  /** Commits to the verdicts, and leaves them to be opened where that is wanted. */
  readonly commit: (verdicts: readonly boolean[], leave: boolean) => Promise<void>;
}

/** The pictures of a task, judged from the keyboard or by mouse; nothing leaves the browser before the commitment. */
export function TaskGrid({ name, task, classes, commit }: TaskGridProps) {
  const [draft, setDraft, keeper] = useDraft(name, task.positions);
  const [selection, select, pick] = useSelection(nextOpen(draft, 0) ?? 0);
  const [sheet, setSheet] = useState(false);
  const [loupe, setLoupe] = useState(false);
  const tileOf = useMemo(() => tileMaker(task, classes), [task, classes]);
  const tiles = useMemo(() => draft.verdicts.map((verdict, place) => tileOf(place, verdict)), [tileOf, draft]);
  const said = useMemo(() => counts(draft), [draft]);
  const surely: TaskGridProps["commit"] = (verdicts, leave) => {
    // The opening reads what was committed to from where it is kept.
    keeper.now();
    return commit(verdicts, leave);
  };
  const chosen = selection.selected.size > 0 ? [...selection.selected] : [selection.active];
  const judge = (verdict: boolean | null) => {
    const next = judged(draft, chosen, verdict);
    setDraft(next);
    if (verdict === null || chosen.length > 1) return;
    const open = nextOpen(next, selection.active + 1);
    if (open !== null) select({ active: open, selected: new Set([open]) });
  };
  const step = (by: number, extend: boolean) => select((now) => moved(now, by, task.positions, extend));
  const onKey = (event: KeyboardEvent, columns: number) => {
    const command = bindings().get(pressed(event));
    if (!command) return;
    event.preventDefault();
    const actions: Record<CommandId, () => void> = {
      accept: () => judge(true),
      reject: () => judge(false),
      clear: () => judge(null),
      undo: () => setDraft(undone),
      redo: () => setDraft(redone),
      next: () => {
        const open = nextOpen(draft, selection.active + 1);
        if (open !== null) select({ active: open, selected: new Set([open]) });
      },
      left: () => step(-1, false),
      right: () => step(1, false),
      up: () => step(-columns, false),
      down: () => step(columns, false),
      "extend-left": () => step(-1, true),
      "extend-right": () => step(1, true),
      "extend-up": () => step(-columns, true),
      "extend-down": () => step(columns, true),
      "page-up": () => step(-columns * ROWS_OF_A_PAGE, false),
      "page-down": () => step(columns * ROWS_OF_A_PAGE, false),
      first: () => step(-task.positions, false),
      last: () => step(task.positions, false),
      all: () => select((now) => ({ ...now, selected: new Set(draft.verdicts.keys()) })),
      zoom: () => setLoupe(true),
      help: () => setSheet(true),
    };
    actions[command]();
  };
  return (
    <section className="stack">
      <p>{say.review.question}</p>
      {task.evidence && <p className="note">{say.review.evidence}</p>}
      {!task.pictures && <p className="note warn">{say.review.nothing}</p>}
      <Toolbar draft={draft} said={said} judge={judge} change={setDraft} help={() => setSheet(true)} />
      <PictureGrid
        label={say.review.question}
        tiles={tiles}
        active={selection.active}
        selected={selection.selected}
        pick={pick}
        onKey={onKey}
      />
      <Committing draft={draft} open={said.open} change={setDraft} commit={surely} />
      <Loupe
        open={loupe}
        close={() => setLoupe(false)}
        task={task}
        place={selection.active}
        caption={tiles[selection.active]?.caption ?? ""}
      />
      <KeySheet open={sheet} close={() => setSheet(false)} />
    </section>
  );
}

/** A seat's draft, kept in this browser and the same in all of its tabs; and what keeps it. */
function useDraft(seat: string, positions: number): [Draft, Dispatch<SetStateAction<Draft>>, Keeper] {
  const [draft, setDraft] = useState<Draft>(() => keptDraft(seat, positions));
  const keeper = useMemo(() => new Keeper(seat), [seat]);
  const read = useRef(draft);
  useEffect(() => {
    // What was read just now, here or from another tab, need not be kept again.
    if (read.current === draft) keeper.drop();
    else keeper.later(draft);
  }, [keeper, draft]);
  useEffect(() => keeper.beforeLeaving(), [keeper]);
  useEffect(
    () =>
      onKeptDraft(seat, positions, (kept) => {
        read.current = kept;
        setDraft(kept);
      }),
    [seat, positions],
  );
  return [draft, setDraft, keeper];
}

function Toolbar({
  draft,
  said,
  judge,
  change,
  help,
}: {
  draft: Draft;
  said: Counts;
  judge: (verdict: boolean | null) => void;
  change: (to: (now: Draft) => Draft) => void;
  help: () => void;
}) {
  const { accepted, rejected, open } = said;
  return (
    <div className="row">
      <button type="button" className="button" onClick={() => judge(true)}>
        ✓ {say.review.accept} <kbd>A</kbd>
      </button>
      <button type="button" className="button" onClick={() => judge(false)}>
        ✗ {say.review.reject} <kbd>R</kbd>
      </button>
      <button type="button" className="button" disabled={draft.past.length === 0} onClick={() => change(undone)}>
        ↶ {say.review.undo} <kbd>Z</kbd>
      </button>
      <button type="button" className="button" disabled={draft.future.length === 0} onClick={() => change(redone)}>
        ↷ {say.review.redo} <kbd>Y</kbd>
      </button>
      <button type="button" className="button" onClick={help}>
        {say.review.keys} <kbd>?</kbd>
      </button>
      <span role="status">{say.review.counted(accepted, rejected, open)}</span>
    </div>
  );
}

function Committing({
  draft,
  open,
  change,
  commit,
}: {
  draft: Draft;
  open: number;
  change: (to: (now: Draft) => Draft) => void;
  commit: TaskGridProps["commit"];
}) {
  const [leave, setLeave] = useState(true);
  const hint = useId();
  if (open > 0) {
    return (
      <div className="row">
        <span>{say.review.open(open)}</span>
        <button type="button" className="button" onClick={() => change((now) => judged(now, openPositions(now), true))}>
          {say.review.restAccept}
        </button>
      </div>
    );
  }
  return (
    <div className="stack">
      <div>
        <label>
          <input
            type="checkbox"
            aria-describedby={hint}
            checked={leave}
            onChange={({ target }) => setLeave(target.checked)}
          />{" "}
          {say.review.leave}
        </label>
        <p id={hint} className="quiet">
          {say.review.leaveHint}
        </p>
      </div>
      <Action
        act={() =>
          commit(
            draft.verdicts.map((verdict) => verdict === true),
            leave,
          )
        }
      >
        {say.review.commit(draft.verdicts.length)}
      </Action>
    </div>
  );
}

function Loupe({
  open,
  close,
  task,
  place,
  caption,
}: {
  open: boolean;
  close: () => void;
  task: Task;
  place: number;
  caption: string;
}) {
  const picture = task.pictures?.[place];
  return (
    <Dialog open={open} title={caption} close={close}>
      {picture && <img className="loupe" src={imageUrl(picture.sha256)} alt={caption} />}
      {task.evidence?.[place] && <p>{spokenEvidence(task, place)}</p>}
    </Dialog>
  );
}

/** Makes the tile of a place with a verdict, each once: a verdict more must not make thousands of tiles anew. */
function tileMaker(task: Task, classes: readonly string[]): (place: number, verdict: boolean | null) => Tile {
  const made = new Map([null, true, false].map((verdict) => [verdict, new Array<Tile | undefined>(task.positions)]));
  return (place, verdict) => {
    const known = made.get(verdict)?.[place];
    if (known) return known;
    const tile = tileFor(task, classes, place, verdict);
    made.get(verdict)?.splice(place, 1, tile);
    return tile;
  };
}

function tileFor(task: Task, classes: readonly string[], place: number, verdict: boolean | null): Tile {
  const picture = task.pictures?.[place];
  const name = picture ? (classes[picture.label] ?? String(picture.label)) : String(place + 1);
  const flag = task.evidence?.[place]?.flagged ? " ⚑" : "";
  const said = verdict === null ? "" : `, ${verdict ? say.dataset.accepted : say.dataset.rejected}`;
  return {
    key: String(place),
    source: picture ? imageUrl(picture.sha256) : "",
    caption: name + flag,
    spoken: `${place + 1}: ${name}${said}${spokenEvidence(task, place)}`,
    mark: verdict === null ? undefined : { good: verdict, text: verdict ? "✓" : "✗" },
  };
}

function spokenEvidence(task: Task, place: number): string {
  const evidence = task.evidence?.[place];
  if (!evidence) return "";
  const flagged = evidence.flagged ? `${say.review.flagged}; ` : "";
  return ` ${flagged}${say.review.votes(evidence.accepts, evidence.rejects)}`;
}
