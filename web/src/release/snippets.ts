import { releaseUrl } from "../api/http";
import { say } from "../strings";

/** A piece of code that loads, checks or looks through a release. */
export interface Snippet {
  readonly title: string;
  readonly language: "python" | "sh";
  readonly code: string;
}

/** The line that checks an unpacked release with `sebrus verify`. */
export function verifyLine(folder: string, rpcUrl: string | null): string {
  return `sebrus verify ${folder} --rpc ${rpcUrl ?? say.release.ownNode}`;
}

/** How to use a release whose archive unpacks to `folder`; all of it works as it is written. */
export function snippets(folder: string, datasetId: string, version: number, origin: string, line: string): Snippet[] {
  const archive = `${origin}${releaseUrl(datasetId, version)}/archive`;
  return [
    { title: "Hugging Face datasets", language: "python", code: datasets(folder) },
    { title: "PyTorch", language: "python", code: torch(folder) },
    { title: "pandas", language: "python", code: pandas(folder) },
    { title: say.release.commandLine, language: "sh", code: shell(folder, archive, line) },
  ];
}

function datasets(folder: string): string {
  return `from datasets import load_dataset

train = load_dataset("./${folder}", split="train")
picture, label = train[0]["image"], train.features["label"].int2str(train[0]["label"])`;
}

function torch(folder: string): string {
  return `import torch
from datasets import load_dataset

train = load_dataset("./${folder}", split="train").select_columns(["image", "label"])
loader = torch.utils.data.DataLoader(train.with_format("torch"), batch_size=64, shuffle=True)`;
}

function pandas(folder: string): string {
  return `import io
import pandas as pd
from PIL import Image

frame = pd.read_parquet("./${folder}/data")
picture = Image.open(io.BytesIO(frame.image[0]["bytes"]))`;
}

function shell(folder: string, archive: string, line: string): string {
  return `curl -o ${folder}.zip ${archive}
unzip ${folder}.zip
pip install 'sebrus[export]'
${line}
sebrus scan ${folder} --out ${folder}-scan`;
}
