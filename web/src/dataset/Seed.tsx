import { useState } from "react";
import { postForm, type Schemas } from "../api/http";
import { Chooser } from "../contribute/Chooser";
import { added, read } from "../contribute/pictures";
import type { Found } from "../contribute/reading";
import type { LabelledDigest } from "../protocol/merkle";
import { say } from "../strings";

const FILES_AT_ONCE = 50;

/** The images that an owner vouches for: uploaded at once, labelled by their folders or a table. */
export function Seed({
  classes,
  change,
}: {
  classes: readonly string[];
  change: (seed: readonly LabelledDigest[]) => void;
}) {
  const [told, setTold] = useState<string | null>(null);
  const take = async (found: Found) => {
    const pictures = added([], await read(found, classes));
    const labelled = pictures.flatMap(({ file, path, sha256, label }) =>
      label === null || file === null ? [] : [{ file, path, sha256, label }],
    );
    const seed: LabelledDigest[] = [];
    for (let start = 0; start < labelled.length; start += FILES_AT_ONCE) {
      const part = labelled.slice(start, start + FILES_AT_ONCE);
      const form = new FormData();
      for (const { file, path } of part) form.append("files", file, path.split("/").at(-1) ?? path);
      const answers = await postForm<Schemas["FileOut"][]>("/images", {}, form);
      seed.push(...part.filter((_, place) => answers[place]?.accepted).map(({ sha256, label }) => ({ sha256, label })));
      setTold(say.create.seedTaken(seed.length, found.pictures.length));
    }
    setTold(say.create.seedTaken(seed.length, found.pictures.length));
    change(seed);
  };
  return (
    <>
      <Chooser take={take} />
      {told && (
        <p className="note" role="status">
          {told}
        </p>
      )}
    </>
  );
}
