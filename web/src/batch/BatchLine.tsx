import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Batch } from "../api/queries";
import { Phase } from "../ui/basics";

/** One batch in a list of batches: its page, where it stands, and what the list says of it. */
export function BatchLine({ batch, children }: { batch: Batch; children: ReactNode }) {
  return (
    <li className="row">
      <Link to="/batches/$batchId" params={{ batchId: batch.id }}>
        <code>{batch.id.slice(0, 12)}…</code>
      </Link>
      <Phase phase={batch.phase} />
      <span className="quiet">{children}</span>
    </li>
  );
}
