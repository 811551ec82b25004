import { useCallback, useEffect, useRef, useState } from "react";
import { onOtherTabs, tellTabs } from "../tabs";
import { type KeptBatch, keepBatch, keptBatch, type Step } from "./kept";
import type { Picture } from "./upload";

/** A batch in the making as a page shows it: `ready` once what was kept is read. */
export interface BatchInWork extends KeptBatch {
  readonly ready: boolean;
  /** Changes it here at once; resolves when the other tabs find it changed. */
  readonly change: (step: Step) => Promise<void>;
}

/** A dataset's batch in the making: it outlives its tab, but for the files, and is the same in all tabs. */
export function useBatch(datasetId: string): BatchInWork {
  const [batch, setBatch] = useState<KeptBatch & { ready: boolean }>({ pictures: [], handedIn: null, ready: false });
  // What this tab wrote and the browser has not kept yet; until then what is kept is older than what is shown.
  const writing = useRef({ now: 0, behind: false });
  const read = useCallback(async () => {
    if (writing.current.now > 0) {
      writing.current.behind = true;
      return;
    }
    const kept = await keptBatch(datasetId).catch(() => null);
    if (writing.current.now > 0) writing.current.behind = true;
    else setBatch((shown) => ({ ...(kept ? joined(kept, shown.pictures) : shown), ready: true }));
  }, [datasetId]);
  useEffect(() => {
    void read();
    return onOtherTabs(([what, id]) => {
      if (what === "batch in work" && id === datasetId) void read();
    });
  }, [datasetId, read]);
  const change = useCallback(
    async (step: Step) => {
      setBatch((shown) => ({ ...step(shown), ready: true }));
      const state = writing.current;
      state.now += 1;
      try {
        await keepBatch(datasetId, step);
        tellTabs(["batch in work", datasetId]);
      } catch {
        // Where the browser keeps nothing (a private window may refuse), the batch lives as long as its tab.
      }
      state.now -= 1;
      if (state.now > 0 || !state.behind) return;
      state.behind = false;
      void read();
    },
    [datasetId, read],
  );
  return { ...batch, change };
}

/** What is kept, with the files that this tab has. */
function joined(kept: KeptBatch, shown: readonly Picture[]): KeptBatch {
  const mine = new Map(shown.map((picture) => [picture.id, picture]));
  const pictures = kept.pictures.map((picture) => {
    const own = mine.get(picture.id);
    if (!own?.file) return picture;
    return { ...picture, file: own.file, ...(picture.state === "absent" ? stateOf(own) : {}) };
  });
  return { ...kept, pictures };
}

function stateOf({ state, reason }: Picture): Pick<Picture, "state" | "reason"> {
  return reason === undefined ? { state } : { state, reason };
}
