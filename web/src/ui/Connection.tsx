import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useConnectionLost } from "../api/connection";
import { get } from "../api/http";
import { say } from "../strings";

const ASK_EVERY_MS = 1500;

/** Says when the server is away, asks whether it is back, and has everything on the page read again when it is. */
export function Connection() {
  const lost = useConnectionLost();
  const queries = useQueryClient();
  useEffect(() => {
    if (!lost) return;
    const clock = setInterval(() => void get("/health").catch(() => undefined), ASK_EVERY_MS);
    return () => {
      clearInterval(clock);
      void queries.invalidateQueries();
    };
  }, [lost, queries]);
  return (
    <div role="status" className="connection">
      {lost && <p className="note warn">{say.lost}</p>}
    </div>
  );
}
