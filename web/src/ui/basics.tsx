import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { sentence } from "../api/http";
import { say } from "../strings";

/** What a page shows while its data comes, and when it does not. */
export function Await<T>({
  query,
  children,
}: {
  query: { data: T | undefined; error: Error | null; refetch: () => unknown };
  children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error) return <Failure error={query.error} again={() => void query.refetch()} />;
  return (
    <p className="quiet" role="status">
      {say.loading}
    </p>
  );
}

/** What went wrong, as a sentence, with a way to try again where there is one. */
export function Failure({ error, again }: { error: unknown; again?: () => void }) {
  return (
    <div className="note bad row" role="alert">
      <span>{sentence(error)}</span>
      {again && (
        <button type="button" className="button" onClick={again}>
          {say.failed.retry}
        </button>
      )}
    </div>
  );
}

/** An empty state that says what to do next. */
export function Empty({ children }: { children: ReactNode }) {
  return <p className="note">{children}</p>;
}

/** A button that does something with the network: it cannot be pressed twice, and says what went wrong beside it. */
export function Action({
  act,
  children,
  className = "button main",
  disabled = false,
}: {
  act: () => Promise<unknown>;
  children: ReactNode;
  className?: string;
  disabled?: boolean;
}) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const press = async () => {
    setBusy(true);
    setError(null);
    try {
      await act();
    } catch (wrong) {
      setError(wrong);
    } finally {
      setBusy(false);
    }
  };
  return (
    <span className="stack">
      <button
        type="button"
        className={className}
        disabled={disabled || busy}
        aria-busy={busy}
        onClick={() => void press()}
      >
        {children}
      </button>
      {error !== null && <Failure error={error} />}
    </span>
  );
}

/** A dialog of the browser's own: focus stays in it and Escape closes it. */
export function Dialog({
  open,
  title,
  close,
  children,
}: {
  open: boolean;
  title: string;
  close: () => void;
  children: ReactNode;
}) {
  const frame = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    if (open) frame.current?.showModal();
    else frame.current?.close();
  }, [open]);
  return (
    <dialog ref={frame} aria-labelledby={heading} onClose={close}>
      {open && (
        <div className="stack">
          <div className="row spread">
            <h2 id={heading}>{title}</h2>
            <button type="button" className="button" onClick={close} aria-label={say.wallet.cancel}>
              ✕
            </button>
          </div>
          {children}
        </div>
      )}
    </dialog>
  );
}

/** Where a batch stands, in words. */
export function Phase({ phase }: { phase: string }) {
  const kind = phase === "Settled" ? "good" : phase === "Refused" || phase === "Voided" ? "bad" : "warn";
  return <span className={`pill ${kind}`}>{say.phases[phase] ?? phase}</span>;
}

/** The time until a moment (seconds since 1970), counting down. */
export function Countdown({ until }: { until: number }) {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    const clock = setInterval(() => setNow(Date.now() / 1000), 1000);
    return () => clearInterval(clock);
  }, []);
  const left = Math.max(0, Math.round(until - now));
  return <time dateTime={new Date(until * 1000).toISOString()}>{duration(left)}</time>;
}

/** Seconds as people say them. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/** The way to the next page of a list, where there is one. */
export function More({
  query,
}: {
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => Promise<unknown> };
}) {
  if (!query.hasNextPage) return null;
  return (
    <p>
      <button
        type="button"
        className="button"
        disabled={query.isFetchingNextPage}
        onClick={() => void query.fetchNextPage()}
      >
        {say.more}
      </button>
    </p>
  );
}
