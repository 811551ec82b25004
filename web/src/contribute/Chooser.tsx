import { type DragEvent, useRef, useState } from "react";
import { say } from "../strings";
import { Failure } from "../ui/basics";
import { type Found, readDrop, readField } from "./reading";

/** Where pictures come in: by dropping, by choosing files, by choosing a folder. */
export function Chooser({ take }: { take: (found: Found) => Promise<void> }) {
  const [over, setOver] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const work = async (reading: Promise<Found>) => {
    setBusy(true);
    setError(null);
    try {
      await take(await reading);
    } catch (wrong) {
      setError(wrong);
    } finally {
      setBusy(false);
    }
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void work(readDrop(event.dataTransfer));
  };
  const chosen = (field: HTMLInputElement) => {
    if (field.files?.length) void work(readField(field.files)).then(() => (field.value = ""));
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is one way more; the buttons do the same
    <div
      className="drop"
      data-over={over}
      aria-busy={busy}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <p>{busy ? say.loading : say.contribute.drop}</p>
      <div className="row">
        <button type="button" className="button main" onClick={() => files.current?.click()}>
          {say.contribute.choose}
        </button>
        <button type="button" className="button" onClick={() => folder.current?.click()}>
          {say.contribute.chooseFolder}
        </button>
      </div>
      <p className="quiet">{say.contribute.hint}</p>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        accept="image/*,.csv,.zip"
        aria-label={say.contribute.choose}
        onChange={({ currentTarget }) => chosen(currentTarget)}
      />
      <input
        ref={folder}
        type="file"
        multiple
        hidden
        webkitdirectory=""
        aria-label={say.contribute.chooseFolder}
        onChange={({ currentTarget }) => chosen(currentTarget)}
      />
      {error !== null && <Failure error={error} />}
    </div>
  );
}
